package dev.paca.model.jinja;

/** Counts what a rendering costs, and ends it when that exceeds the limits. */
final class Budget {
    private final Limits limits;
    private long steps;
    private long work;
    private int depth;

    Budget(Limits limits) {
        this.limits = limits;
    }

    void step() {
        steps(1);
    }

    void steps(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw new TemplateException("gave no result within " + limits.steps() + " steps; it may never end");
        }
    }

    /** To be asked before a text of that length is built. */
    void text(long characters) {
        work += characters;
        if (work > limits.work()) {
            throw new TemplateException("builds more than " + limits.work() + " characters of text");
        }
    }

    String made(String text) {
        text(text.length());
        return text;
    }

    void output(long characters) {
        if (characters > limits.output()) {
            throw new TemplateException("gives more than " + limits.output() + " characters");
        }
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new TemplateException("nests or calls itself deeper than " + limits.depth() + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
