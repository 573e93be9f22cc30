package dev.paca.model.tokenizer;

/** What a file says that one token is for, under {@code tokenizer.ggml.<name>_token_id}. */
public enum Role {
    /** Begins a sequence. */
    BOS("bos"),
    /** Ends a sequence. */
    EOS("eos"),
    /** Ends a turn. */
    EOT("eot"),
    /** Ends a message that another follows, such as a tool call. */
    EOM("eom"),
    /** Stands for what the vocabulary cannot say. */
    UNKNOWN("unknown"),
    /** Fills a gap in code models; also the end of what they fill in. */
    FIM_PAD("fim_pad"),
    /** Names a repository in code models. */
    FIM_REPOSITORY("fim_rep"),
    /** Stands between files in code models. */
    FIM_SEPARATOR("fim_sep");

    private final String name;

    Role(String name) {
        this.name = name;
    }

    /** The key in a GGUF's metadata. */
    String key() {
        return "tokenizer.ggml." + name + "_token_id";
    }
}
