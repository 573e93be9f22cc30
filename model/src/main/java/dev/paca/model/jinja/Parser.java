package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a template's statements. */
final class Parser {
    /** Blocks within each other. */
    private static final int DEPTH = 100;

    private final TokenReader in;
    private final ExprParser expressions;
    private int depth;
    private int loops;

    private Parser(List<Token> tokens) {
        in = new TokenReader(tokens);
        expressions = new ExprParser(in);
    }

    static List<Node> parse(String source) {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Node> nodes = parser.body(Set.of());
        if (!parser.in.at(Token.Kind.END)) {
            throw parser.in.expected("the end of the template");
        }
        return nodes;
    }

    /** Nodes up to a block whose name is one of the ends; the reader then stands at that name. */
    private List<Node> body(Set<String> ends) {
        if (++depth > DEPTH) {
            throw in.error("blocks nest deeper than " + DEPTH + " levels");
        }
        List<Node> nodes = new ArrayList<>();
        while (!in.at(Token.Kind.END)) {
            Token token = in.next();
            switch (token.kind()) {
                case TEXT -> nodes.add(new Node.Text(token.line(), token.text()));
                case EXPRESSION -> {
                    nodes.add(new Node.Print(token.line(), expressions.tuple()));
                    in.take(Token.Kind.EXPRESSION_END, "'}}'");
                }
                default -> {
                    if (ends.contains(in.peek().text())) {
                        depth--;
                        return nodes;
                    }
                    nodes.add(block(token.line()));
                }
            }
        }
        if (!ends.isEmpty()) {
            throw in.expected(
                    "{% " + String.join(" %} or {% ", ends.stream().sorted().toList()) + " %}");
        }
        depth--;
        return nodes;
    }

    private Node block(int line) {
        String name = in.name();
        return switch (name) {
            case "if" -> condition(line);
            case "for" -> loop(line);
            case "set" -> set(line);
            case "with" -> with(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> filter(line);
            case "generation" -> {
                close();
                yield new Node.Generation(line, bodyTo("endgeneration"));
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw in.error("'" + name + "' stands outside of a loop");
                }
                close();
                yield name.equals("break") ? new Node.Break(line) : new Node.Continue(line);
            }
            default ->
                throw in.error("the tag '" + name + "' is not supported here (supported: break, call, continue, "
                        + "filter, for, generation, if, macro, raw, set, with)");
        };
    }

    private Node condition(int line) {
        List<Node.If.Branch> branches = new ArrayList<>();
        Expr test = expressions.tuple();
        while (true) {
            close();
            branches.add(new Node.If.Branch(test, body(Set.of("elif", "else", "endif"))));
            switch (in.name()) {
                case "elif" -> test = expressions.tuple();
                case "else" -> {
                    close();
                    branches.add(new Node.If.Branch(null, bodyTo("endif")));
                    return new Node.If(line, branches);
                }
                default -> {
                    close();
                    return new Node.If(line, branches);
                }
            }
        }
    }

    private Node loop(int line) {
        Node.Target target = target();
        if (!in.skipName("in")) {
            throw in.expected("'in'");
        }
        Expr items = expressions.loopItems();
        @Nullable Expr condition = in.skipName("if") ? expressions.expression() : null;
        boolean recursive = in.skipName("recursive");
        close();
        loops++;
        List<Node> body = body(Set.of("else", "endfor"));
        loops--;
        List<Node> otherwise = List.of();
        if (in.name().equals("else")) {
            close();
            otherwise = bodyTo("endfor");
        } else {
            close();
        }
        return new Node.For(line, target, items, condition, recursive, body, otherwise);
    }

    private Node set(int line) {
        Node.Target target = target();
        if (in.skipOperator("=")) {
            Expr value = expressions.tuple();
            close();
            return new Node.Set(line, target, value);
        }
        List<Expr.Filter> filters = in.skipOperator("|") ? filters() : List.of();
        close();
        return new Node.SetBlock(line, target, filters, bodyTo("endset"));
    }

    private Node with(int line) {
        List<Node.Set> sets = new ArrayList<>();
        while (!in.at(Token.Kind.BLOCK_END)) {
            if (!sets.isEmpty()) {
                in.operator(",");
            }
            Node.Target target = new Node.Target.Variable(in.name());
            in.operator("=");
            sets.add(new Node.Set(line, target, expressions.expression()));
        }
        close();
        return new Node.With(line, sets, bodyTo("endwith"));
    }

    private Node macro(int line) {
        String name = in.name();
        List<Node.Parameter> parameters = parameters();
        close();
        return new Node.Macro(line, name, parameters, function("endmacro"));
    }

    private Node call(int line) {
        List<Node.Parameter> parameters = in.atOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expr.Call call)) {
            throw in.error("'call' needs the call of a macro");
        }
        close();
        return new Node.CallBlock(line, parameters, call, function("endcall"));
    }

    private Node filter(int line) {
        List<Expr.Filter> filters = filters();
        close();
        return new Node.FilterBlock(line, filters, bodyTo("endfilter"));
    }

    /** One filter or several joined by bars; each one's input is what the body prints, or the one before gives. */
    private List<Expr.Filter> filters() {
        List<Expr.Filter> filters = new ArrayList<>();
        do {
            filters.add(expressions.filter(new Expr.Literal("")));
        } while (in.skipOperator("|"));
        return filters;
    }

    private List<Node.Parameter> parameters() {
        List<Node.Parameter> parameters = new ArrayList<>();
        in.operator("(");
        while (!in.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                in.operator(",");
            }
            parameters.add(new Node.Parameter(in.name(), in.skipOperator("=") ? expressions.expression() : null));
        }
        return parameters;
    }

    private Node.Target target() {
        List<Node.Target> parts = new ArrayList<>();
        boolean several = false;
        do {
            if (several && (in.atName("in") || in.atOperator("="))) {
                break;
            }
            parts.add(part());
            several |= in.atOperator(",");
        } while (in.skipOperator(","));
        return several ? new Node.Target.Several(parts) : parts.getFirst();
    }

    private Node.Target part() {
        if (in.skipOperator("(")) {
            Node.Target inner = target();
            in.operator(")");
            return inner;
        }
        String name = in.name();
        return in.skipOperator(".") ? new Node.Target.Member(name, in.name()) : new Node.Target.Variable(name);
    }

    /** A body in which loops around it cannot be left. */
    private List<Node> function(String end) {
        int around = loops;
        loops = 0;
        List<Node> body = bodyTo(end);
        loops = around;
        return body;
    }

    private List<Node> bodyTo(String end) {
        List<Node> body = body(Set.of(end));
        in.name();
        close();
        return body;
    }

    private void close() {
        in.take(Token.Kind.BLOCK_END, "'%}'");
    }
}
