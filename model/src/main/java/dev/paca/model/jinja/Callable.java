package dev.paca.model.jinja;

/** What can be called: a macro, a method, a global function, a recursive loop. */
@FunctionalInterface
interface Callable {
    Object call(Args args);
}
