package dev.paca.model.jinja;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text plain text, a name, an operator, a number's digits, or a string's value
 * @param line where it begins, from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        /** Text between tags. */
        TEXT,
        /** <code>{{</code> */
        EXPRESSION,
        /** <code>}}</code> */
        EXPRESSION_END,
        /** <code>{%</code> */
        BLOCK,
        /** <code>%}</code> */
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean is(Kind kind, String text) {
        return this.kind == kind && this.text.equals(text);
    }

    /** As an error names it. */
    String shown() {
        return switch (kind) {
            case TEXT -> "text";
            case EXPRESSION -> "'{{'";
            case EXPRESSION_END -> "'}}'";
            case BLOCK -> "'{%'";
            case BLOCK_END -> "'%}'";
            case END -> "the end of the template";
            default -> "'" + text + "'";
        };
    }
}
