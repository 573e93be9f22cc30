package dev.paca.model.json;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recursive descent over RFC 8259's grammar, nothing more lenient. */
final class JsonReader {
    /** Deeper than any schema or answer, and shallow enough for the smallest thread stack. */
    private static final int DEPTH = 256;

    private final String text;
    private int at;
    private int depth;

    JsonReader(String text) {
        this.text = text;
    }

    Json read() {
        Json value = value();
        space();
        if (at < text.length()) {
            throw expected("the end");
        }
        return value;
    }

    private Json value() {
        space();
        if (at == text.length()) {
            throw expected("a value");
        }
        return switch (text.charAt(at)) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new Json.Str(string());
            case 't' -> word("true", Json.Bool.TRUE);
            case 'f' -> word("false", Json.Bool.FALSE);
            case 'n' -> word("null", Json.Null.NULL);
            default -> number();
        };
    }

    private Json object() {
        enter();
        Map<String, Json> members = new LinkedHashMap<>();
        space();
        if (!skip('}')) {
            do {
                space();
                if (at == text.length() || text.charAt(at) != '"') {
                    throw expected("a member's name in double quotes");
                }
                String name = string();
                space();
                if (!skip(':')) {
                    throw expected("':'");
                }
                members.put(name, value());
                space();
            } while (skip(','));
            if (!skip('}')) {
                throw expected("',' or '}'");
            }
        }
        depth--;
        return new Json.Obj(members);
    }

    private Json array() {
        enter();
        List<Json> items = new ArrayList<>();
        space();
        if (!skip(']')) {
            do {
                items.add(value());
                space();
            } while (skip(','));
            if (!skip(']')) {
                throw expected("',' or ']'");
            }
        }
        depth--;
        return new Json.Arr(items);
    }

    private void enter() {
        at++;
        if (++depth > DEPTH) {
            throw new PacaException("JSON at character " + at + ": nested deeper than " + DEPTH + " levels.");
        }
    }

    private String string() {
        int start = ++at;
        while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\' && text.charAt(at) >= ' ') {
            at++;
        }
        if (skip('"')) {
            return text.substring(start, at - 1);
        }
        StringBuilder out = new StringBuilder(text.substring(start, at));
        while (at < text.length() && text.charAt(at) >= ' ') {
            char c = text.charAt(at++);
            if (c == '"') {
                return out.toString();
            }
            out.append(c == '\\' ? escape() : c);
        }
        throw expected("the string's closing quote");
    }

    private char escape() {
        if (at == text.length()) {
            throw expected("an escape");
        }
        char c = text.charAt(at++);
        switch (c) {
            case '"', '\\', '/':
                return c;
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'u':
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = at < text.length() ? hex(text.charAt(at)) : -1;
                    if (digit < 0) {
                        throw expected("four hexadecimal digits");
                    }
                    code = code * 16 + digit;
                    at++;
                }
                return (char) code;
            default:
                at--;
                throw expected("one of \"\\/bfnrtu after a backslash");
        }
    }

    private static int hex(char c) {
        return c < 128 ? Character.digit(c, 16) : -1;
    }

    private Json number() {
        int start = at;
        skip('-');
        if (!skip('0') && digits() == 0) {
            at = start;
            throw expected("a value");
        }
        if (skip('.') && digits() == 0) {
            throw expected("a digit");
        }
        if (skip('e') || skip('E')) {
            if (!skip('+')) {
                skip('-');
            }
            if (digits() == 0) {
                throw expected("a digit");
            }
        }
        return new Json.Num(text.substring(start, at));
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }

    private Json word(String word, Json value) {
        if (!text.startsWith(word, at)) {
            throw expected("a value");
        }
        at += word.length();
        return value;
    }

    private boolean skip(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void space() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private PacaException expected(String what) {
        String found =
                at >= text.length() ? "the end of the text" : "'" + Character.toString(text.codePointAt(at)) + "'";
        return new PacaException("JSON at character " + at + ": expected " + what + ", found " + found + ".");
    }
}
