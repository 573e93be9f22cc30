package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One rendering: does what the nodes say. */
final class Interpreter {
    /** How a body ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private int line = 1;

    Interpreter(Budget budget) {
        this.budget = budget;
        evaluator = new Evaluator(budget);
    }

    /** Line of the node that was begun last. */
    int line() {
        return line;
    }

    String run(List<Node> nodes, Scope scope) {
        StringBuilder out = new StringBuilder();
        body(nodes, scope, out);
        return out.toString();
    }

    private Flow body(List<Node> nodes, Scope scope, StringBuilder out) {
        for (Node node : nodes) {
            Flow flow = node(node, scope, out);
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow node(Node node, Scope scope, StringBuilder out) {
        budget.step();
        line = node.line();
        switch (node) {
            case Node.Text text -> print(text.text(), out);
            case Node.Print print -> print(Printer.text(evaluator.eval(print.value(), scope), budget), out);
            case Node.If choice -> {
                for (Node.If.Branch branch : choice.branches()) {
                    if (branch.test() == null || evaluator.truth(branch.test(), scope)) {
                        return body(branch.body(), scope, out);
                    }
                }
            }
            case Node.For loop -> loop(loop, Values.items(evaluator.eval(loop.items(), scope)), 0, scope, out);
            case Node.Break end -> {
                return Flow.BREAK;
            }
            case Node.Continue next -> {
                return Flow.CONTINUE;
            }
            case Node.Set set -> assign(set.target(), evaluator.eval(set.value(), scope), scope);
            case Node.SetBlock set ->
                assign(set.target(), filtered(run(set.body(), new Scope(scope)), set.filters(), scope), scope);
            case Node.With with -> {
                Scope inner = new Scope(scope);
                with.sets().forEach(set -> assign(set.target(), evaluator.eval(set.value(), scope), inner));
                return body(with.body(), inner, out);
            }
            case Node.Macro macro -> scope.set(macro.name(), function(macro.parameters(), macro.body(), scope));
            case Node.CallBlock call -> {
                Callable caller = function(call.parameters(), call.body(), scope);
                Object result = evaluator.call(call.call(), Map.of("caller", caller), scope);
                print(Printer.text(result, budget), out);
            }
            case Node.FilterBlock block -> {
                Object result = filtered(run(block.body(), new Scope(scope)), block.filters(), scope);
                print(Printer.text(result, budget), out);
            }
            case Node.Generation generation -> {
                return body(generation.body(), scope, out);
            }
        }
        return Flow.ON;
    }

    private void print(String text, StringBuilder out) {
        budget.text(text.length());
        budget.output((long) out.length() + text.length());
        out.append(text);
    }

    private Object filtered(Object text, List<Expr.Filter> filters, Scope scope) {
        Object value = text;
        for (Expr.Filter filter : filters) {
            value = evaluator.filter(filter, value, scope);
        }
        return value;
    }

    private void loop(Node.For node, List<Object> all, int depth, Scope around, StringBuilder out) {
        budget.enter();
        List<Object> items = all;
        if (node.condition() != null) {
            items = new ArrayList<>();
            for (Object item : all) {
                Scope scope = new Scope(around);
                assign(node.target(), item, scope);
                if (evaluator.truth(node.condition(), scope)) {
                    items.add(item);
                }
            }
        }
        Callable again = node.recursive()
                ? args -> {
                    StringBuilder inner = new StringBuilder();
                    loop(node, Values.items(args.bind("items").get("items")), depth + 1, around, inner);
                    return inner.toString();
                }
                : null;
        Loop loop = new Loop(items, depth, again);
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            loop.at(i);
            Scope scope = new Scope(around);
            scope.set("loop", loop);
            assign(node.target(), items.get(i), scope);
            if (body(node.body(), scope, out) == Flow.BREAK) {
                break;
            }
        }
        if (items.isEmpty()) {
            body(node.otherwise(), new Scope(around), out);
        }
        budget.leave();
    }

    private void assign(Node.Target target, Object value, Scope scope) {
        switch (target) {
            case Node.Target.Variable variable -> scope.set(variable.name(), value);
            case Node.Target.Member member -> {
                if (!(scope.get(member.namespace()) instanceof Namespace namespace)) {
                    throw new TemplateException("'" + member.namespace() + "." + member.name() + "' cannot be set: '"
                            + member.namespace() + "' is no namespace");
                }
                namespace.members.put(member.name(), value);
            }
            case Node.Target.Several several -> {
                List<Object> items = Values.items(value);
                if (items.size() != several.parts().size()) {
                    throw new TemplateException(
                            several.parts().size() + " names cannot be given " + items.size() + " values");
                }
                for (int i = 0; i < items.size(); i++) {
                    assign(several.parts().get(i), items.get(i), scope);
                }
            }
        }
    }

    /** A macro: its body runs in a scope of its own within the one where it was defined. */
    private Callable function(List<Node.Parameter> parameters, List<Node> body, Scope around) {
        return args -> {
            budget.enter();
            int from = line;
            Scope scope = new Scope(around);
            Map<String, Object> named = new LinkedHashMap<>(args.named());
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("there is no caller") : caller);
            for (int i = 0; i < parameters.size(); i++) {
                Node.Parameter parameter = parameters.get(i);
                Object given = i < args.positional().size() ? args.positional().get(i) : named.remove(parameter.name());
                if (given == null) {
                    given = parameter.otherwise() == null
                            ? new Undefined("the parameter '" + parameter.name() + "' was not given")
                            : evaluator.eval(parameter.otherwise(), scope);
                }
                scope.set(parameter.name(), given);
            }
            int used = Math.min(parameters.size(), args.positional().size());
            scope.set(
                    "varargs",
                    new Tuple(args.positional().subList(used, args.positional().size())));
            scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
            String text = run(body, scope);
            line = from;
            budget.leave();
            return text;
        };
    }
}
