package dev.paca.model.engine;

/** What the engine has to know of a tokenizer. Called from several threads. */
public interface Vocabulary {
    /** The bytes of a token's text, possibly a part of a code point. */
    byte[] bytes(int token);

    /** Whether a token marks structure and is no text for a reader. */
    boolean isSpecial(int token);

    /** Whether the model says with this token that it has finished. */
    boolean endsGeneration(int token);
}
