package dev.paca.model.answer;

import dev.paca.model.template.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tells apart, while an answer is being written, what is thought, what is said, and what is to be done. What may be the
 * beginning of a marker is held back until that is decided, so that what was given is never taken back. What looks like a
 * tool call but is none, is text. Used by one thread.
 */
public final class AnswerReader {
    private static final String THINK = "<think>";
    private static final String THOUGHT = "</think>";

    /** With which a call may begin, white space aside; other JSON is an answer and told as it comes. */
    private static final List<String> BEGINNINGS =
            List.of("{\"name\"", "{\"type\"", "{\"function\"", "{\"id\"", "{\"parameters\"", "{\"arguments\"", "[{");

    private enum State {
        /** Nothing said yet: an answer may begin with thinking. */
        BEGIN,
        THINKING,
        /** Between the thinking and the first word. */
        THOUGHT_OVER,
        /** Before the first word: a Llama call may begin here. */
        OPENING,
        SAYING,
        CALLING
    }

    private static final String TAG = "<|python_tag|>";
    private static final String CALL = "<tool_call>";
    private static final String CALLED = "</tool_call>";
    private static final String CALLS = "[TOOL_CALLS]";
    private static final String ARGS = "[ARGS]";

    private final ToolSyntax syntax;
    private final Supplier<String> ids;
    private final Set<String> tools;
    private final StringBuilder held = new StringBuilder();
    private List<AnswerPart> parts = new ArrayList<>();
    private State state;
    private CallScanner scanner;
    /** Characters of what is held that the scanner has read. */
    private int scanned;
    /** Complete calls so far. */
    private int called;

    private boolean thoughtBefore;

    /**
     * @param syntax how tool calls look; {@link ToolSyntax#NONE} where no tools were offered
     * @param thinking whether the prompt has begun the thinking already
     * @param ids gives ids to calls that bring none
     * @param tools names that may be called, where an answer in JSON is to be told from a call; empty for any
     */
    public AnswerReader(ToolSyntax syntax, boolean thinking, Supplier<String> ids, Set<String> tools) {
        this.syntax = syntax;
        this.ids = ids;
        this.tools = Set.copyOf(tools);
        scanner = new CallScanner(ids, this.tools, 0);
        state = thinking ? State.THINKING : State.BEGIN;
    }

    /** Whether a prompt ends where the assistant is to think. */
    public static boolean opensThinking(String prompt) {
        return prompt.stripTrailing().endsWith(THINK);
    }

    /** More of the answer; gives what is now decided. */
    public List<AnswerPart> accept(String text) {
        held.append(text);
        return read(false);
    }

    /** The end of the answer; gives the rest. */
    public List<AnswerPart> finish() {
        return read(true);
    }

    private List<AnswerPart> read(boolean end) {
        State before;
        int length;
        do {
            before = state;
            length = held.length();
            switch (state) {
                case BEGIN -> begin(end);
                case THINKING -> think(end);
                case THOUGHT_OVER -> skipSpace();
                case OPENING -> open(end);
                case SAYING -> say(end);
                case CALLING -> call(end);
            }
        } while (!held.isEmpty() && (state != before || held.length() != length));
        List<AnswerPart> read = parts;
        parts = new ArrayList<>();
        return read;
    }

    private void begin(boolean end) {
        String begun = held.toString().stripLeading();
        if (begun.startsWith(THINK)) {
            held.delete(0, held.length() - begun.length() + THINK.length());
            state = State.THINKING;
        } else if (end || !THINK.startsWith(begun)) {
            state = State.OPENING;
        }
    }

    private void think(boolean end) {
        int close = held.indexOf(THOUGHT);
        if (close >= 0) {
            thought(held.substring(0, close));
            held.delete(0, close + THOUGHT.length());
            state = State.THOUGHT_OVER;
            return;
        }
        int decided = held.length();
        if (!end) {
            decided -= partial(THOUGHT);
            while (decided > 0 && Character.isWhitespace(held.charAt(decided - 1))) {
                decided--;
            }
        }
        thought(held.substring(0, decided));
        held.delete(0, decided);
    }

    private void skipSpace() {
        while (!held.isEmpty() && Character.isWhitespace(held.charAt(0))) {
            held.deleteCharAt(0);
        }
        state = held.isEmpty() ? State.THOUGHT_OVER : State.OPENING;
    }

    private void thought(String text) {
        String kept = thoughtBefore ? text : text.stripLeading();
        if (held.indexOf(THOUGHT) >= 0) {
            kept = kept.stripTrailing();
        }
        if (!kept.isEmpty()) {
            thoughtBefore = true;
            parts.add(new AnswerPart.Thinking(kept));
        }
    }

    private void open(boolean end) {
        if (syntax == ToolSyntax.LLAMA) {
            String begun = held.toString().stripLeading();
            String head = begun.replaceAll("\\s", "");
            if (begun.startsWith(TAG) || BEGINNINGS.stream().anyMatch(head::startsWith)) {
                calling();
                return;
            }
            boolean undecided = TAG.startsWith(begun) || BEGINNINGS.stream().anyMatch(b -> b.startsWith(head));
            if (!end && undecided) {
                return;
            }
        }
        state = State.SAYING;
    }

    private void say(boolean end) {
        String marker = syntax == ToolSyntax.HERMES ? CALL : syntax == ToolSyntax.MISTRAL ? CALLS : "";
        int at = marker.isEmpty() ? -1 : held.indexOf(marker);
        if (at >= 0) {
            text(held.substring(0, at).stripTrailing());
            held.delete(0, at + marker.length());
            calling();
            return;
        }
        int decided = held.length();
        if (!end && !marker.isEmpty()) {
            decided -= partial(marker);
            // White space before a call is no text, so it waits for what follows.
            while (decided > 0 && Character.isWhitespace(held.charAt(decided - 1))) {
                decided--;
            }
        }
        String said = held.substring(0, decided);
        text(called > 0 && said.isBlank() ? "" : said);
        held.delete(0, decided);
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            parts.add(new AnswerPart.Text(text));
        }
    }

    private void calling() {
        state = State.CALLING;
        scanner = new CallScanner(ids, tools, called);
        scanned = 0;
    }

    private void call(boolean end) {
        switch (syntax) {
            case HERMES -> {
                int close = held.indexOf(CALLED);
                scan(close >= 0 ? close : held.length() - (end ? 0 : partial(CALLED)));
                if (close >= 0 || end) {
                    calls(CALL, held.substring(0, close >= 0 ? close : held.length()), close >= 0 ? CALLED : "");
                    held.delete(0, close >= 0 ? close + CALLED.length() : held.length());
                    state = State.SAYING;
                }
            }
            case MISTRAL -> {
                int next = held.indexOf(CALLS);
                scan(next >= 0 ? next : held.length() - (end ? 0 : partial(CALLS)));
                if (next >= 0 || end) {
                    calls(CALLS, held.substring(0, next >= 0 ? next : held.length()), "");
                    held.delete(0, next >= 0 ? next + CALLS.length() : held.length());
                    calling();
                }
            }
            default -> {
                String tag = held.toString().stripLeading().startsWith(TAG) ? TAG : "";
                scanned = Math.max(scanned, tag.isEmpty() ? 0 : held.indexOf(TAG) + TAG.length());
                scan(held.length());
                if (scanner.refused()) {
                    state = State.SAYING;
                } else if (end) {
                    calls(tag, held.toString().strip().substring(tag.length()), "");
                    held.setLength(0);
                }
            }
        }
    }

    /** Shows the scanner what is held up to there. */
    private void scan(int to) {
        if (scanned == 0 && syntax == ToolSyntax.MISTRAL) {
            String begun = held.substring(0, to).stripLeading();
            int args = begun.indexOf(ARGS);
            if (begun.isEmpty() || (args < 0 && begun.charAt(0) != '[' && begun.charAt(0) != '{')) {
                return;
            }
            if (begun.charAt(0) != '[' && begun.charAt(0) != '{') {
                CallParser.Head head = CallParser.Head.of(begun.substring(0, args));
                scanner.named(head.name(), head.id());
                scanned = held.indexOf(ARGS) + ARGS.length();
            }
        }
        if (to > scanned) {
            parts.addAll(scanner.accept(held.substring(scanned, to)));
            scanned = to;
        }
    }

    private void calls(String before, String body, String after) {
        CallParser parser = new CallParser(scanner, syntax == ToolSyntax.LLAMA, tools);
        boolean named = syntax == ToolSyntax.MISTRAL && body.contains(ARGS);
        List<ToolCall> found = named ? parser.parseNamed(body) : parser.parse(body.strip());
        for (int i = 0; i < found.size(); i++) {
            ToolCall call = found.get(i);
            if (!scanner.told(i)) {
                parts.add(new AnswerPart.CallPiece(
                        called, call.id(), call.name(), call.arguments().toString()));
            }
            parts.add(new AnswerPart.Call(call));
            called++;
        }
        if (found.isEmpty()) {
            text(before + body + after);
        }
    }

    /** Length of the longest end of what is held with which the marker may begin. */
    private int partial(String marker) {
        for (int n = Math.min(marker.length() - 1, held.length()); n > 0; n--) {
            if (marker.startsWith(held.substring(held.length() - n))) {
                return n;
            }
        }
        return 0;
    }
}
