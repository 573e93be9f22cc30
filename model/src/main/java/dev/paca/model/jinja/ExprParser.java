package dev.paca.model.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads expressions by recursive descent, one method a level of precedence, loosest first. */
final class ExprParser {
    /** Brackets and calls within each other; keeps hostile templates off the end of the stack. */
    private static final int DEPTH = 100;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenReader in;
    private int depth;

    ExprParser(TokenReader in) {
        this.in = in;
    }

    Expr expression() {
        return condition(true);
    }

    /** An expression, or several separated by commas, which make a tuple. */
    Expr tuple() {
        return tuple(true);
    }

    /** As {@link #tuple()}, but {@code if} ends it: the items of a loop. */
    Expr loopItems() {
        return tuple(false);
    }

    private Expr tuple(boolean conditional) {
        Expr first = condition(conditional);
        if (!in.atOperator(",")) {
            return first;
        }
        List<Expr> items = new ArrayList<>(List.of(first));
        while (in.skipOperator(",") && !endsTuple()) {
            items.add(condition(conditional));
        }
        return new Expr.TupleOf(items);
    }

    private boolean endsTuple() {
        return in.at(Token.Kind.BLOCK_END)
                || in.at(Token.Kind.EXPRESSION_END)
                || in.atOperator(")")
                || in.atOperator("]")
                || in.atOperator("=")
                || in.atName("in");
    }

    private Expr condition(boolean conditional) {
        if (++depth > DEPTH) {
            throw in.error("an expression nests deeper than " + DEPTH + " levels");
        }
        Expr value = or();
        while (conditional && in.skipName("if")) {
            Expr test = or();
            Expr otherwise = in.skipName("else") ? condition(true) : null;
            value = new Expr.Condition(value, test, otherwise);
        }
        depth--;
        return value;
    }

    private Expr or() {
        Expr left = and();
        while (in.skipName("or")) {
            left = new Expr.Or(left, and());
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (in.skipName("and")) {
            left = new Expr.And(left, not());
        }
        return left;
    }

    private Expr not() {
        if (!in.skipName("not")) {
            return compare();
        }
        deeper();
        Expr of = new Expr.Not(not());
        depth--;
        return of;
    }

    private void deeper() {
        if (++depth > DEPTH) {
            throw in.error("an expression nests deeper than " + DEPTH + " levels");
        }
    }

    private Expr compare() {
        Expr first = sum();
        List<Expr.Compare.Link> links = new ArrayList<>();
        while (true) {
            if (in.at(Token.Kind.OPERATOR) && COMPARISONS.contains(in.peek().text())) {
                links.add(new Expr.Compare.Link(in.next().text(), sum()));
            } else if (in.skipName("in")) {
                links.add(new Expr.Compare.Link("in", sum()));
            } else if (in.atName("not") && in.peek(1).is(Token.Kind.NAME, "in")) {
                in.next();
                in.next();
                links.add(new Expr.Compare.Link("not in", sum()));
            } else {
                return links.isEmpty() ? first : new Expr.Compare(first, links);
            }
        }
    }

    private Expr sum() {
        Expr left = concat();
        while (in.atOperator("+") || in.atOperator("-")) {
            left = new Expr.Binary(in.next().text(), left, concat());
        }
        return left;
    }

    private Expr concat() {
        Expr left = product();
        while (in.atOperator("~")) {
            left = new Expr.Binary(in.next().text(), left, product());
        }
        return left;
    }

    private Expr product() {
        Expr left = power();
        while (in.atOperator("*") || in.atOperator("/") || in.atOperator("//") || in.atOperator("%")) {
            left = new Expr.Binary(in.next().text(), left, power());
        }
        return left;
    }

    private Expr power() {
        Expr left = unary(true);
        while (in.atOperator("**")) {
            left = new Expr.Binary(in.next().text(), left, unary(true));
        }
        return left;
    }

    private Expr unary(boolean filtered) {
        Expr value;
        if (in.atOperator("-") || in.atOperator("+")) {
            deeper();
            value = new Expr.Sign(in.next().text().equals("-"), unary(false));
            depth--;
        } else {
            value = primary();
        }
        value = postfix(value);
        return filtered ? filtersAndTests(value) : value;
    }

    private Expr primary() {
        Token token = in.peek();
        return switch (token.kind()) {
            case NAME -> {
                in.next();
                yield switch (token.text()) {
                    case "true", "True" -> new Expr.Literal(true);
                    case "false", "False" -> new Expr.Literal(false);
                    case "none", "None" -> new Expr.Literal(None.NONE);
                    default -> new Expr.Name(token.text());
                };
            }
            case STRING -> {
                StringBuilder text = new StringBuilder(in.next().text());
                while (in.at(Token.Kind.STRING)) {
                    text.append(in.next().text());
                }
                yield new Expr.Literal(text.toString());
            }
            case INTEGER -> new Expr.Literal(integer(in.next().text()));
            case FLOAT -> new Expr.Literal(Double.parseDouble(in.next().text()));
            default -> {
                if (in.skipOperator("(")) {
                    if (in.skipOperator(")")) {
                        yield new Expr.TupleOf(List.of());
                    }
                    Expr inner = tuple();
                    in.operator(")");
                    yield inner;
                }
                if (in.skipOperator("[")) {
                    yield new Expr.ListOf(items("]"));
                }
                if (in.skipOperator("{")) {
                    yield dict();
                }
                throw in.expected("an expression");
            }
        };
    }

    private Long integer(String digits) {
        try {
            return digits.startsWith("0x") || digits.startsWith("0X")
                    ? Long.parseLong(digits.substring(2).replace("_", ""), 16)
                    : Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw in.error("the integer " + digits + " does not fit into 64 bits");
        }
    }

    private List<Expr> items(String end) {
        List<Expr> items = new ArrayList<>();
        while (!in.skipOperator(end)) {
            if (!items.isEmpty()) {
                in.operator(",");
                if (in.skipOperator(end)) {
                    break;
                }
            }
            items.add(expression());
        }
        return items;
    }

    private Expr dict() {
        List<Expr.DictOf.Entry> entries = new ArrayList<>();
        while (!in.skipOperator("}")) {
            if (!entries.isEmpty()) {
                in.operator(",");
                if (in.skipOperator("}")) {
                    break;
                }
            }
            Expr key = expression();
            in.operator(":");
            entries.add(new Expr.DictOf.Entry(key, expression()));
        }
        return new Expr.DictOf(entries);
    }

    private Expr postfix(Expr value) {
        Expr result = value;
        while (true) {
            if (in.skipOperator(".")) {
                result = in.at(Token.Kind.INTEGER)
                        ? new Expr.Item(
                                result, new Expr.Literal(integer(in.next().text())))
                        : new Expr.Attribute(result, in.name());
            } else if (in.skipOperator("[")) {
                result = subscript(result);
            } else if (in.atOperator("(")) {
                result = new Expr.Call(result, arguments());
            } else {
                return result;
            }
        }
    }

    private Expr subscript(Expr of) {
        Expr from = in.atOperator(":") ? null : tuple();
        if (!in.atOperator(":")) {
            in.operator("]");
            if (from == null) {
                throw in.expected("an index");
            }
            return new Expr.Item(of, from);
        }
        in.operator(":");
        Expr to = in.atOperator(":") || in.atOperator("]") ? null : expression();
        Expr step = in.skipOperator(":") && !in.atOperator("]") ? expression() : null;
        in.operator("]");
        return new Expr.Slice(of, from, to, step);
    }

    private Expr filtersAndTests(Expr value) {
        Expr result = value;
        while (true) {
            if (in.atOperator("|")) {
                in.next();
                result = filter(result);
            } else if (in.skipName("is")) {
                boolean negated = in.skipName("not");
                Expr test = test(result);
                result = negated ? new Expr.Not(test) : test;
            } else if (in.atOperator("(")) {
                result = new Expr.Call(result, arguments());
            } else {
                return result;
            }
        }
    }

    /** After the bar: a filter's name and arguments. */
    Expr.Filter filter(Expr input) {
        String name = dotted();
        return new Expr.Filter(input, name, in.atOperator("(") ? arguments() : Expr.Arguments.NONE);
    }

    private Expr test(Expr input) {
        String name = dotted();
        if (in.atOperator("(")) {
            return new Expr.Test(input, name, arguments());
        }
        boolean argument = switch (in.peek().kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case NAME ->
                !Set.of("else", "or", "and", "if", "is", "not", "in")
                        .contains(in.peek().text());
            case OPERATOR -> in.atOperator("[") || in.atOperator("{");
            default -> false;
        };
        List<Expr> given = argument ? List.of(postfix(primary())) : List.of();
        return new Expr.Test(input, name, new Expr.Arguments(given, List.of(), null, null));
    }

    private String dotted() {
        StringBuilder name = new StringBuilder(in.name());
        while (in.skipOperator(".")) {
            name.append('.').append(in.name());
        }
        return name.toString();
    }

    Expr.Arguments arguments() {
        in.operator("(");
        List<Expr> positional = new ArrayList<>();
        List<Expr.Arguments.Named> named = new ArrayList<>();
        @Nullable Expr list = null;
        @Nullable Expr dict = null;
        boolean first = true;
        while (!in.skipOperator(")")) {
            if (!first) {
                in.operator(",");
                if (in.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            if (in.skipOperator("**")) {
                dict = expression();
            } else if (in.skipOperator("*")) {
                list = expression();
            } else if (in.at(Token.Kind.NAME) && in.peek(1).is(Token.Kind.OPERATOR, "=")) {
                String name = in.name();
                in.operator("=");
                named.add(new Expr.Arguments.Named(name, expression()));
            } else if (named.isEmpty() && dict == null) {
                positional.add(expression());
            } else {
                throw in.error("an argument without a name follows one with a name");
            }
        }
        return new Expr.Arguments(positional, named, list, dict);
    }
}
