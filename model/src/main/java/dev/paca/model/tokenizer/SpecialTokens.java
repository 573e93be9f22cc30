package dev.paca.model.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the tokens that are cut out of a text before anything else: what begins first, and of those that begin at the
 * same place the longest. A trie over their characters.
 */
final class SpecialTokens {
    /** Takes the parts of a text, in order. */
    interface Parts {
        /** Ordinary text. */
        void text(int from, int to);

        /** A special token. */
        void token(int id);
    }

    private static final class Node {
        final Map<Character, Node> children = new HashMap<>(2);
        int id = -1;
        int length;
        boolean control;
    }

    private final Node root = new Node();

    /**
     * Adds a token.
     *
     * @param text not empty
     * @param control whether it is found only if special tokens are parsed
     */
    void add(String text, int id, boolean control) {
        Node node = root;
        for (int i = 0; i < text.length(); i++) {
            node = node.children.computeIfAbsent(text.charAt(i), c -> new Node());
        }
        node.id = id;
        node.length = text.length();
        node.control = control;
    }

    /**
     * Splits a text.
     *
     * @param controls whether control tokens are looked for, not only those that are never cut
     */
    void split(String text, boolean controls, Parts parts) {
        int from = 0;
        for (int at = 0; at < text.length(); ) {
            Node found = longest(text, at, controls);
            if (found == null) {
                at++;
                continue;
            }
            if (from < at) {
                parts.text(from, at);
            }
            parts.token(found.id);
            at += found.length;
            from = at;
        }
        if (from < text.length()) {
            parts.text(from, text.length());
        }
    }

    private @Nullable Node longest(String text, int at, boolean controls) {
        Node found = null;
        Node node = root.children.get(text.charAt(at));
        for (int i = at + 1; node != null; i++) {
            if (node.id >= 0 && (controls || !node.control)) {
                found = node;
            }
            node = i < text.length() ? node.children.get(text.charAt(i)) : null;
        }
        return found;
    }
}
