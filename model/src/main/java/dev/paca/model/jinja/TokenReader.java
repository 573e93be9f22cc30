package dev.paca.model.jinja;

import java.util.List;

/** Looks at tokens one after the other. */
final class TokenReader {
    private final List<Token> tokens;
    private int at;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(at);
    }

    Token peek(int ahead) {
        return tokens.get(Math.min(at + ahead, tokens.size() - 1));
    }

    Token next() {
        Token token = tokens.get(at);
        if (at < tokens.size() - 1) {
            at++;
        }
        return token;
    }

    boolean at(Token.Kind kind) {
        return peek().kind() == kind;
    }

    boolean atOperator(String text) {
        return peek().is(Token.Kind.OPERATOR, text);
    }

    boolean atName(String text) {
        return peek().is(Token.Kind.NAME, text);
    }

    boolean skipOperator(String text) {
        return skip(Token.Kind.OPERATOR, text);
    }

    boolean skipName(String text) {
        return skip(Token.Kind.NAME, text);
    }

    private boolean skip(Token.Kind kind, String text) {
        boolean found = peek().is(kind, text);
        if (found) {
            next();
        }
        return found;
    }

    void operator(String text) {
        if (!skipOperator(text)) {
            throw expected("'" + text + "'");
        }
    }

    String name() {
        return take(Token.Kind.NAME, "a name");
    }

    String take(Token.Kind kind, String shown) {
        if (!at(kind)) {
            throw expected(shown);
        }
        return next().text();
    }

    TemplateException expected(String what) {
        return error("expected " + what + ", found " + peek().shown());
    }

    TemplateException error(String what) {
        return new TemplateException("line " + peek().line() + ": " + what);
    }
}
