package dev.paca.model.answer;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Follows the JSON of tool calls character by character, and gives arguments on as soon as it is known whose they are.
 * White space between tokens of JSON is left out. It judges nothing: whether all of it is a call, {@link CallParser} says at
 * the end. Used by one thread.
 */
final class CallScanner {
    private final Supplier<String> ids;
    private final Set<String> tools;
    private final int first;
    private final List<String> known = new ArrayList<>();
    private final List<Boolean> told = new ArrayList<>();
    private final StringBuilder word = new StringBuilder();
    /** Arguments that were not given on yet. */
    private final StringBuilder pending = new StringBuilder();

    private int depth;
    /** Depth of the members of the call that is being read; 0 between calls. */
    private int call;
    /** Depth inside the arguments; 0 outside. */
    private int arguments;

    private boolean quoted;
    private boolean escaped;
    private boolean value;
    private String key = "";
    private @Nullable String name;
    private @Nullable String id;
    private boolean begun;
    private boolean refused;

    /**
     * @param ids gives ids to calls that bring none, or bring it after their arguments
     * @param tools names that may be called; empty for any
     * @param first index of the first call
     */
    CallScanner(Supplier<String> ids, Set<String> tools, int first) {
        this.ids = ids;
        this.tools = tools;
        this.first = first;
    }

    /** A call whose name stands before the JSON, which is its arguments. */
    void named(String name, @Nullable String id) {
        this.name = name;
        this.id = id;
        call = -1;
        key = "arguments";
        value = true;
    }

    /** Whether a name was read that may not be called. */
    boolean refused() {
        return refused;
    }

    /** The id of a call, which all that was told of it bears. */
    String id(int index) {
        return index < known.size() ? known.get(index) : ids.get();
    }

    /** Whether the arguments of a call were given on. */
    boolean told(int index) {
        return index < told.size() && told.get(index);
    }

    /** Reads on; gives the arguments that are decided. */
    List<AnswerPart> accept(CharSequence text) {
        List<AnswerPart> pieces = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (arguments > 0) {
                argument(c, pieces);
            } else if (quoted) {
                quoted(c);
            } else {
                outside(c, pieces);
            }
        }
        give(pieces, false);
        return pieces;
    }

    private void argument(char c, List<AnswerPart> pieces) {
        if (quoted) {
            pending.append(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return;
        }
        if (Character.isWhitespace(c)) {
            return;
        }
        pending.append(c);
        if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth < arguments) {
            arguments = 0;
            value = false;
            give(pieces, true);
            if (call < 0) {
                end();
            }
        }
    }

    private void quoted(char c) {
        if (!escaped && c == '"') {
            quoted = false;
            if (!value) {
                key = text();
            } else if (depth == call && key.equals("name")) {
                name = text();
                refused |= !tools.isEmpty() && !tools.contains(name);
            } else if (call > 0 && depth <= call && key.equals("id")) {
                id = text();
            }
            return;
        }
        word.append(c);
        escaped = !escaped && c == '\\';
    }

    private String text() {
        try {
            return Json.parse("\"" + word + "\"") instanceof Json.Str said ? said.value() : "";
        } catch (PacaException e) {
            // Not JSON, so not a call: the parser will say so.
            return "";
        }
    }

    private void outside(char c, List<AnswerPart> pieces) {
        switch (c) {
            case '"' -> {
                quoted = true;
                word.setLength(0);
            }
            case ':' -> value = true;
            case ',' -> value = false;
            case '[' -> depth++;
            case '{' -> open();
            case '}', ']' -> {
                if (call > 0 && depth == call) {
                    give(pieces, true);
                    end();
                }
                depth--;
                value = false;
            }
            default -> {}
        }
    }

    private void open() {
        boolean member = value && (depth == call || call < 0);
        depth++;
        if (member && (key.equals("arguments") || key.equals("parameters"))) {
            arguments = depth;
            pending.append('{');
        } else if (member && key.equals("function")) {
            call = depth;
        } else if (call == 0) {
            call = depth;
        }
        value = false;
    }

    /** The first piece waits for a member or the end, so that no arguments come as one piece. */
    private void give(List<AnswerPart> pieces, boolean end) {
        String to = name;
        boolean blank = pending.toString().isBlank() || (!begun && pending.length() < 2);
        if (to == null || to.isEmpty() || refused || (blank && !end) || pending.isEmpty()) {
            return;
        }
        if (!begun) {
            begun = true;
            known.add(id == null ? ids.get() : id);
        }
        pieces.add(new AnswerPart.CallPiece(first + known.size() - 1, known.getLast(), to, pending.toString()));
        pending.setLength(0);
    }

    private void end() {
        if (!begun) {
            known.add(id == null ? ids.get() : id);
        }
        told.add(begun);
        call = 0;
        name = null;
        id = null;
        begun = false;
        pending.setLength(0);
    }
}
