package dev.paca.model.tokenizer;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.List;

/** The pre-tokenizers by the names that {@code tokenizer.ggml.pre} may have. */
enum PreTokenizers {
    LLAMA_3(
            PreTokenizer.of(new LlamaRule(3)),
            true,
            true,
            "llama-bpe",
            "llama3",
            "llama-v3",
            "falcon3",
            "falcon-h1",
            "pixtral",
            "midm-2.0",
            "lfm2",
            "jina-v5-nano"),
    SMAUG(PreTokenizer.of(new LlamaRule(3)), false, false, "smaug-bpe", "dbrx", "glm4", "chatglm-bpe"),
    QWEN_2(
            PreTokenizer.of(new LlamaRule(1)),
            false,
            false,
            "qwen2",
            "stablelm2",
            "deepseek-r1-qwen",
            "kormo",
            "f2llmv2",
            "megrez",
            "hunyuan",
            "solar-open",
            "grok-2");

    private final PreTokenizer rules;
    private final boolean wholeWords;
    private final boolean addsBos;
    private final List<String> names;

    PreTokenizers(PreTokenizer rules, boolean wholeWords, boolean addsBos, String... names) {
        this.rules = rules;
        this.wholeWords = wholeWords;
        this.addsBos = addsBos;
        this.names = List.of(names);
    }

    /** How text is cut into words. */
    PreTokenizer rules() {
        return rules;
    }

    /** Whether a word that is a token is that token, whatever the merges say. */
    boolean wholeWords() {
        return wholeWords;
    }

    /** Whether a prompt begins with the BOS token where the file does not say. */
    boolean addsBos() {
        return addsBos;
    }

    static PreTokenizers named(String name, String source) {
        List<String> known = new ArrayList<>();
        for (PreTokenizers family : values()) {
            if (family.names.contains(name)) {
                return family;
            }
            known.addAll(family.names);
        }
        throw new PacaException(source + ": tokenizer.ggml.pre is " + Vocabulary.shown(name)
                + ", a pre-tokenizer that is not supported (supported: " + String.join(", ", known)
                + "). Another pre-tokenizer would give wrong tokens, so the model cannot be used.");
    }
}
