package dev.paca.chat.talk;

/** What was typed. */
sealed interface Line {
    /** Nothing. */
    record Empty() implements Line {}

    /** Something for the model. */
    record Message(String text) implements Line {}

    /**
     * Something for us.
     *
     * @param name the word after the slash
     * @param rest what follows, without space around it
     */
    record Command(String name, String rest) implements Line {}

    /** What a multi-line message begins and ends with. */
    String QUOTES = "\"\"\"";

    /** Whether more lines belong to it. */
    static boolean isOpen(String typed) {
        String s = typed.stripLeading();
        return s.startsWith(QUOTES) && s.indexOf(QUOTES, QUOTES.length()) < 0;
    }

    /** A slash makes a command, unless there is a space before it. */
    static Line parse(String typed) {
        if (typed.isBlank()) {
            return new Empty();
        }
        if (typed.startsWith("/")) {
            String s = typed.substring(1).strip();
            int end = 0;
            while (end < s.length() && !Character.isWhitespace(s.charAt(end))) {
                end++;
            }
            return new Command(s.substring(0, end), s.substring(end).strip());
        }
        String s = typed.strip();
        if (s.startsWith(QUOTES)) {
            int end = s.indexOf(QUOTES, QUOTES.length());
            String text = s.substring(QUOTES.length(), end < 0 ? s.length() : end);
            String inside = text.startsWith("\n") ? text.substring(1) : text;
            String rest = end < 0 ? "" : s.substring(end + QUOTES.length());
            String whole = (inside.endsWith("\n") ? inside.substring(0, inside.length() - 1) : inside) + rest;
            return whole.isBlank() ? new Empty() : new Message(whole);
        }
        return new Message(s);
    }
}
