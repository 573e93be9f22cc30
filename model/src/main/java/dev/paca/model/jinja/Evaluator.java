package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes expressions. */
final class Evaluator {
    final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    Object eval(Expr expr, Scope scope) {
        budget.step();
        budget.enter();
        Object value = switch (expr) {
            case Expr.Literal literal -> literal.value();
            case Expr.Name name -> scope.get(name.name());
            case Expr.ListOf list -> evalAll(list.items(), scope);
            case Expr.TupleOf tuple -> new Tuple(evalAll(tuple.items(), scope));
            case Expr.DictOf dict -> dict(dict, scope);
            case Expr.Attribute attribute -> Members.attribute(eval(attribute.of(), scope), attribute.name(), budget);
            case Expr.Item item -> Members.item(eval(item.of(), scope), eval(item.index(), scope), budget);
            case Expr.Slice slice -> slice(slice, scope);
            case Expr.Call call -> call(call, Map.of(), scope);
            case Expr.Filter filter -> filter(filter, eval(filter.input(), scope), scope);
            case Expr.Test test ->
                test(
                        test.name(),
                        eval(test.input(), scope),
                        args("the test '" + test.name() + "'", test.arguments(), Map.of(), scope));
            case Expr.Not not -> !truth(not.of(), scope);
            case Expr.Sign sign -> Arithmetic.sign(sign.minus(), eval(sign.of(), scope));
            case Expr.Binary binary ->
                Arithmetic.apply(binary.operator(), eval(binary.left(), scope), eval(binary.right(), scope), budget);
            case Expr.And and -> {
                Object left = eval(and.left(), scope);
                yield Values.truth(left) ? eval(and.right(), scope) : left;
            }
            case Expr.Or or -> {
                Object left = eval(or.left(), scope);
                yield Values.truth(left) ? left : eval(or.right(), scope);
            }
            case Expr.Compare compare -> compare(compare, scope);
            case Expr.Condition condition -> condition(condition, scope);
        };
        budget.leave();
        return value;
    }

    boolean truth(Expr expr, Scope scope) {
        return Values.truth(eval(expr, scope));
    }

    private List<Object> evalAll(List<Expr> exprs, Scope scope) {
        List<Object> values = new ArrayList<>(exprs.size());
        for (Expr expr : exprs) {
            values.add(eval(expr, scope));
        }
        return values;
    }

    private Object dict(Expr.DictOf dict, Scope scope) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Expr.DictOf.Entry entry : dict.entries()) {
            map.put(eval(entry.key(), scope), eval(entry.value(), scope));
        }
        return map;
    }

    private Object slice(Expr.Slice slice, Scope scope) {
        Object of = eval(slice.of(), scope);
        return Slices.slice(
                of, bound(slice.from(), scope), bound(slice.to(), scope), bound(slice.step(), scope), budget);
    }

    private Object bound(@Nullable Expr expr, Scope scope) {
        return expr == null ? None.NONE : eval(expr, scope);
    }

    private Object condition(Expr.Condition condition, Scope scope) {
        if (truth(condition.test(), scope)) {
            return eval(condition.then(), scope);
        }
        return condition.otherwise() == null
                ? new Undefined("a condition without 'else' was false, and its value was used")
                : eval(condition.otherwise(), scope);
    }

    private Object compare(Expr.Compare compare, Scope scope) {
        Object left = eval(compare.first(), scope);
        for (Expr.Compare.Link link : compare.links()) {
            Object right = eval(link.right(), scope);
            if (!holds(link.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    static boolean holds(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Values.equal(left, right);
            case "!=" -> !Values.equal(left, right);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            case ">=" -> Values.compare(left, right) >= 0;
            case "in" -> Values.contains(right, left);
            default -> !Values.contains(right, left);
        };
    }

    /** Calls with further named arguments, those that the call has winning. */
    Object call(Expr.Call call, Map<String, Object> further, Scope scope) {
        Object callee = eval(call.callee(), scope);
        String name = switch (call.callee()) {
            case Expr.Name named -> named.name() + "()";
            case Expr.Attribute attribute -> "." + attribute.name() + "()";
            default -> "the function";
        };
        return switch (callee) {
            case Callable callable -> callable.call(args(name, call.arguments(), further, scope));
            case Undefined undefined -> throw undefined.used();
            default -> throw new TemplateException(name + " is " + Values.type(callee) + " and cannot be called");
        };
    }

    /** Applies a filter to a value that is there already. */
    Object filter(Expr.Filter filter, Object input, Scope scope) {
        String name = filter.name();
        return filter(name, input, args("the filter '" + name + "'", filter.arguments(), Map.of(), scope));
    }

    Object filter(String name, Object input, Args args) {
        return Filters.named(name).apply(input, args, this);
    }

    boolean test(String name, Object input, Args args) {
        return Tests.named(name).apply(input, args);
    }

    private Args args(String callee, Expr.Arguments arguments, Map<String, Object> further, Scope scope) {
        List<Object> positional = evalAll(arguments.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>(further);
        for (Expr.Arguments.Named argument : arguments.named()) {
            named.put(argument.name(), eval(argument.value(), scope));
        }
        if (arguments.list() != null) {
            positional.addAll(Values.items(eval(arguments.list(), scope)));
        }
        if (arguments.dict() != null && eval(arguments.dict(), scope) instanceof Map<?, ?> map) {
            map.forEach((key, value) -> named.put(String.valueOf(key), value));
        }
        return new Args(callee, positional, named);
    }
}
