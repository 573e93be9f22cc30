package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;

/** What a token is, as {@code tokenizer.ggml.token_type} numbers it from 1. */
public enum TokenType {
    /** A piece of ordinary text. */
    NORMAL,
    /** Stands for what the vocabulary cannot say. */
    UNKNOWN,
    /** Marks structure, such as a turn's end; text never becomes one unless special tokens are parsed. */
    CONTROL,
    /** Text that is never cut: found before anything else, parsed or not. */
    USER_DEFINED,
    /** A place held free. */
    UNUSED,
    /** One byte, written {@code <0xAB>}. */
    BYTE;

    /** The type of a number in the array of a GGUF, {@code source}, for token {@code id}. */
    static TokenType of(int number, int id, String source) {
        TokenType[] all = values();
        if (number < 1 || number > all.length) {
            throw new PacaException(source + ": tokenizer.ggml.token_type of token " + id + " is " + number
                    + ", but types are 1 to " + all.length + ". " + Vocabulary.DAMAGED);
        }
        return all[number - 1];
    }

    /** Whether ordinary text may become this token piece by piece. */
    boolean ordinary() {
        return this == NORMAL || this == USER_DEFINED || this == UNUSED;
    }

    /** Whether a reader of the text does not see it. */
    boolean hidden() {
        return this == CONTROL || this == UNKNOWN;
    }
}
