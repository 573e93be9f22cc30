package dev.paca.model.chat;

import dev.paca.model.template.Message;
import dev.paca.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what messages say from becoming special tokens: a user who writes {@code <|eot_id|>} ends nobody's turn. Before
 * the template is rendered each such spelling is replaced by a mark that no message contains, and where a mark comes out
 * of the template, the spelling is encoded as plain text. Texts without such a spelling are not touched.
 */
final class Neutral {
    /** From the private use area: no template looks for them, and no filter changes them. */
    private static final char OPEN = '\uf8d0';

    private static final char CLOSE = '\uf8d1';

    /** What finds the spellings; null if the model has no special tokens. */
    private final @Nullable Pattern spellings;

    private Neutral(@Nullable Pattern spellings) {
        this.spellings = spellings;
    }

    static Neutral of(Tokenizer tokenizer) {
        List<String> special = new ArrayList<>();
        for (int id = 0; id < tokenizer.size(); id++) {
            if (tokenizer.isSpecial(id) && !tokenizer.piece(id).isEmpty()) {
                special.add(tokenizer.piece(id));
            }
        }
        if (special.isEmpty()) {
            return new Neutral(null);
        }
        // Longest first, since the first alternative that matches is taken; the look-ahead makes most places cheap.
        special.sort(Comparator.comparingInt(String::length).reversed());
        String first = special.stream()
                .map(text -> Pattern.quote(text.substring(0, text.offsetByCodePoints(0, 1))))
                .distinct()
                .collect(Collectors.joining("|"));
        String any = special.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return new Neutral(Pattern.compile("(?=" + first + ")(?:" + any + ")"));
    }

    /** Messages in which no special token is spelt out. */
    Marked mark(List<Message> messages) {
        Pattern pattern = spellings;
        if (pattern == null || messages.stream().noneMatch(m -> spells(pattern, m))) {
            return new Marked(messages, null, List.of());
        }
        String opening = opening(messages);
        List<String> spelt = new ArrayList<>();
        List<Message> marked = new ArrayList<>();
        for (Message m : messages) {
            marked.add(new Message(
                    m.role(),
                    mark(pattern, m.content(), opening, spelt),
                    mark(pattern, m.thinking(), opening, spelt),
                    m.toolCalls(),
                    m.toolCallId(),
                    m.name()));
        }
        return new Marked(marked, Pattern.compile(opening + "([0-9]{1,9})" + CLOSE), spelt);
    }

    private static boolean spells(Pattern pattern, Message message) {
        return pattern.matcher(message.content()).find()
                || pattern.matcher(message.thinking()).find();
    }

    private static String mark(Pattern pattern, String text, String opening, List<String> spelt) {
        return pattern.matcher(text).replaceAll(match -> {
            spelt.add(match.group());
            return opening + (spelt.size() - 1) + CLOSE;
        });
    }

    /** What begins a mark, and is in no message. */
    private static String opening(List<Message> messages) {
        for (int n = 0; ; n++) {
            String opening = OPEN + Integer.toString(n) + OPEN;
            if (messages.stream().noneMatch(m -> m.toString().contains(opening))) {
                return opening;
            }
        }
    }

    /** Takes the parts of a text. */
    @FunctionalInterface
    interface Parts {
        /** @param plain whether special tokens in it are mere text */
        void part(String text, boolean plain);
    }

    /**
     * Messages with marks, and what the marks stand for.
     *
     * @param mark finds the marks; null if there are none
     */
    record Marked(List<Message> messages, @Nullable Pattern mark, List<String> spelt) {
        /** Cuts a rendered text at the marks. */
        void split(String text, Parts parts) {
            int from = 0;
            if (mark != null) {
                Matcher matcher = mark.matcher(text);
                while (matcher.find()) {
                    add(text.substring(from, matcher.start()), parts);
                    parts.part(spelt.get(Integer.parseInt(matcher.group(1))), true);
                    from = matcher.end();
                }
            }
            add(text.substring(from), parts);
        }

        private static void add(String text, Parts parts) {
            if (!text.isEmpty()) {
                parts.part(text, false);
            }
        }
    }
}
