package dev.paca.model.jinja;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template does, in order. */
sealed interface Node {
    /** Where it stands in the template, from 1. */
    int line();

    record Text(int line, String text) implements Node {}

    /** <code>{{ value }}</code> */
    record Print(int line, Expr value) implements Node {}

    /** The first branch whose test holds; a branch without a test is {@code else}. */
    record If(int line, List<Branch> branches) implements Node {
        record Branch(@Nullable Expr test, List<Node> body) {}
    }

    record For(
            int line,
            Target target,
            Expr items,
            @Nullable Expr condition,
            boolean recursive,
            List<Node> body,
            List<Node> otherwise)
            implements Node {}

    record Break(int line) implements Node {}

    record Continue(int line) implements Node {}

    record Set(int line, Target target, Expr value) implements Node {}

    /** {@code set name | filters} … {@code endset}: what the body prints, filtered. */
    record SetBlock(int line, Target target, List<Expr.Filter> filters, List<Node> body) implements Node {}

    record With(int line, List<Set> sets, List<Node> body) implements Node {}

    record Macro(int line, String name, List<Parameter> parameters, List<Node> body) implements Node {}

    /** {@code call(parameters) callee(…)}: the body is the callee's {@code caller}. */
    record CallBlock(int line, List<Parameter> parameters, Expr.Call call, List<Node> body) implements Node {}

    record FilterBlock(int line, List<Expr.Filter> filters, List<Node> body) implements Node {}

    /** {@code generation}: marks what the assistant says, for training; prints its body. */
    record Generation(int line, List<Node> body) implements Node {}

    /** A macro's parameter, with the value it has when none is given. */
    record Parameter(String name, @Nullable Expr otherwise) {}

    /** Where a value goes. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** An attribute of a namespace. */
        record Member(String namespace, String name) implements Target {}

        /** Several, one for each element. */
        record Several(List<Target> parts) implements Target {}
    }
}
