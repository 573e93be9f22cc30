package dev.paca.model.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Cuts a template into tokens, and takes away the white space that tags ask to be taken away. */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ":", "|", ",", ";",
            "(", ")", "[", "]", "{", "}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    /** Whether the tag before ended with a line break, so that what follows begins a line. */
    private boolean lineStart = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        Lexer lexer = new Lexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            int tag = nextTag(at);
            if (tag < 0) {
                text(source.substring(at));
                break;
            }
            boolean block = source.charAt(tag + 1) != '{';
            char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            String before = source.substring(at, tag);
            boolean signed = sign == '-' || (sign == '+' && block);
            String kept =
                    sign == '-' ? PythonText.stripRight(before) : block && sign != '+' ? withoutIndent(before) : before;
            text(kept);
            lines(before.substring(kept.length()));
            at = tag + (signed ? 3 : 2);
            switch (source.charAt(tag + 1)) {
                case '#' -> comment();
                case '{' -> {
                    add(Token.Kind.EXPRESSION, "{{");
                    inside("}}", Token.Kind.EXPRESSION_END);
                }
                default -> {
                    if (!raw()) {
                        add(Token.Kind.BLOCK, "{%");
                        inside("%}", Token.Kind.BLOCK_END);
                    }
                }
            }
        }
        add(Token.Kind.END, "");
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char c = source.charAt(i + 1);
            if (c == '{' || c == '%' || c == '#') {
                return i;
            }
        }
        return -1;
    }

    /** lstrip_blocks: white space between the beginning of the line and a block or comment goes. */
    private String withoutIndent(String text) {
        int begin = text.lastIndexOf('\n') + 1;
        boolean blank = text.chars().skip(begin).allMatch(PythonText::isSpace);
        return blank && (begin > 0 || lineStart) ? text.substring(0, begin) : text;
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw error("a comment {# is not closed by #}");
        }
        lines(source.substring(at, end));
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        closed(sign, true);
    }

    /** The text of <code>{% raw %}</code> is taken as it is. */
    private boolean raw() {
        int i = skipSpace(at);
        if (!source.startsWith("raw", i)) {
            return false;
        }
        i = skipSpace(i + 3);
        char sign = i < source.length() ? source.charAt(i) : ' ';
        int close = sign == '-' || sign == '+' ? i + 1 : i;
        if (!source.startsWith("%}", close)) {
            return false;
        }
        at = close + 2;
        closed(sign, true);
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            char open = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
            int name = skipSpace(open == '-' || open == '+' ? tag + 3 : tag + 2);
            int end = skipSpace(name + 6);
            if (source.startsWith("endraw", name) && end < source.length()) {
                char last = source.charAt(end);
                int over = last == '-' || last == '+' ? end + 1 : end;
                if (source.startsWith("%}", over)) {
                    String inner = source.substring(at, tag);
                    text(open == '-' ? PythonText.stripRight(inner) : open == '+' ? inner : withoutIndent(inner));
                    at = over + 2;
                    closed(last, true);
                    return true;
                }
            }
        }
        throw error("{% raw %} is not closed by {% endraw %}");
    }

    private int skipSpace(int from) {
        int i = from;
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
            i++;
        }
        return i;
    }

    /** After a tag: {@code -} takes all white space, trim_blocks one line break unless {@code +} keeps it. */
    private void closed(char sign, boolean block) {
        int start = at;
        if (sign == '-') {
            at = skipSpace(at);
        } else if (block && sign != '+' && source.startsWith("\n", at)) {
            at++;
        }
        lines(source.substring(start, at));
        lineStart = at > start && source.charAt(at - 1) == '\n';
    }

    private void inside(String end, Token.Kind kind) {
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            int start = at;
            at = skipSpace(at);
            lines(source.substring(start, at));
            if (at == source.length()) {
                throw error("a tag is not closed by " + end);
            }
            char c = source.charAt(at);
            if (open.isEmpty()) {
                boolean signed = c == '-' || (c == '+' && kind == Token.Kind.BLOCK_END);
                if (source.startsWith(end, signed ? at + 1 : at)) {
                    add(kind, end);
                    at += signed ? 3 : 2;
                    closed(signed ? c : ' ', kind == Token.Kind.BLOCK_END);
                    return;
                }
            }
            if (c == '"' || c == '\'') {
                string(c);
            } else if (c >= '0' && c <= '9') {
                number();
            } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
                int from = at;
                while (at < source.length() && (Character.isUnicodeIdentifierPart(source.charAt(at)))) {
                    at++;
                }
                add(Token.Kind.NAME, source.substring(from, at));
            } else {
                operator(open);
            }
        }
    }

    private void operator(Deque<Character> open) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                char c = operator.charAt(0);
                if (c == '(' || c == '[' || c == '{') {
                    open.push(c);
                } else if (c == ')' || c == ']' || c == '}') {
                    char opened = c == ')' ? '(' : c == ']' ? '[' : '{';
                    if (open.isEmpty() || open.pop() != opened) {
                        throw error("unexpected '" + c + "'");
                    }
                }
                add(Token.Kind.OPERATOR, operator);
                at += operator.length();
                return;
            }
        }
        throw error("unexpected character '" + Character.toString(source.codePointAt(at)) + "'");
    }

    private void number() {
        int from = at;
        if (source.startsWith("0x", at) || source.startsWith("0X", at)) {
            at += 2;
            take("0123456789abcdefABCDEF_");
            add(Token.Kind.INTEGER, source.substring(from, at));
            return;
        }
        take("0123456789_");
        boolean decimal = false;
        if (at + 1 < source.length() && source.charAt(at) == '.' && Character.isDigit(source.charAt(at + 1))) {
            at++;
            take("0123456789_");
            decimal = true;
        }
        if (at < source.length() && (source.charAt(at) == 'e' || source.charAt(at) == 'E')) {
            int mark = at++;
            if (at < source.length() && (source.charAt(at) == '+' || source.charAt(at) == '-')) {
                at++;
            }
            int digits = at;
            take("0123456789_");
            decimal = decimal || at > digits;
            at = at > digits ? at : mark;
        }
        add(
                decimal ? Token.Kind.FLOAT : Token.Kind.INTEGER,
                source.substring(from, at).replace("_", ""));
    }

    private void take(String characters) {
        while (at < source.length() && characters.indexOf(source.charAt(at)) >= 0) {
            at++;
        }
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw error("a string is not closed by " + quote);
        }
        String raw = source.substring(at + 1, end);
        add(Token.Kind.STRING, PythonText.unescape(raw));
        lines(raw);
        at = end + 1;
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            add(Token.Kind.TEXT, text);
            lines(text);
        }
    }

    private void add(Token.Kind kind, String text) {
        tokens.add(new Token(kind, text, line));
    }

    private void lines(String passed) {
        line += (int) passed.chars().filter(c -> c == '\n').count();
    }

    private TemplateException error(String what) {
        return new TemplateException("line " + line + ": " + what);
    }
}
