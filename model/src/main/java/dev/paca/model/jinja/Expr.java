package dev.paca.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template computes. */
sealed interface Expr {
    /** A string, a number, a truth value, or none. */
    record Literal(Object value) implements Expr {}

    record Name(String name) implements Expr {}

    record ListOf(List<Expr> items) implements Expr {}

    record TupleOf(List<Expr> items) implements Expr {}

    record DictOf(List<Entry> entries) implements Expr {
        record Entry(Expr key, Expr value) {}
    }

    /** {@code of.name} */
    record Attribute(Expr of, String name) implements Expr {}

    /** {@code of[index]} */
    record Item(Expr of, Expr index) implements Expr {}

    /** {@code of[from:to:step]} */
    record Slice(
            Expr of,
            @Nullable Expr from,
            @Nullable Expr to,
            @Nullable Expr step) implements Expr {}

    record Call(Expr callee, Arguments arguments) implements Expr {}

    /** {@code input | name(arguments)} */
    record Filter(Expr input, String name, Arguments arguments) implements Expr {}

    /** {@code input is name arguments} */
    record Test(Expr input, String name, Arguments arguments) implements Expr {}

    record Not(Expr of) implements Expr {}

    record Sign(boolean minus, Expr of) implements Expr {}

    /** {@code +  -  *  /  //  %  **  ~} */
    record Binary(String operator, Expr left, Expr right) implements Expr {}

    record And(Expr left, Expr right) implements Expr {}

    record Or(Expr left, Expr right) implements Expr {}

    /** {@code first < second <= third}: every link must hold. */
    record Compare(Expr first, List<Link> links) implements Expr {
        record Link(String operator, Expr right) {}
    }

    /** {@code then if test else otherwise}; undefined where there is no {@code else}. */
    record Condition(Expr then, Expr test, @Nullable Expr otherwise) implements Expr {}

    /**
     * What is given to a call.
     *
     * @param positional in order
     * @param named by name, in order
     * @param list {@code *list}, further positional ones
     * @param dict {@code **dict}, further named ones
     */
    record Arguments(
            List<Expr> positional,
            List<Named> named,
            @Nullable Expr list,
            @Nullable Expr dict) {
        static final Arguments NONE = new Arguments(List.of(), List.of(), null, null);

        record Named(String name, Expr value) {}
    }
}
