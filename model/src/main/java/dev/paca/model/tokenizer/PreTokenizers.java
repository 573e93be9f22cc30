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
            "grok-2"),
    GPT_2(
            PreTokenizer.of(new Gpt2Rule()),
            false,
            false,
            "gpt-2",
            "phi-2",
            "mpt",
            "olmo",
            "jais",
            "exaone4",
            "gigachat",
            "mellum",
            "a.x-4.0",
            "modern-bert",
            "trillion",
            "granite-docling"),
    SMOLLM(
            PreTokenizer.isolating((text, from, to) -> Scan.numbers(text, from, to, 1))
                    .then(PreTokenizer.of(new Gpt2Rule())),
            false,
            false,
            "smollm",
            "starcoder",
            "refact",
            "command-r",
            "codeshell",
            "exaone",
            "minerva-7b",
            "mellum2"),
    TEKKEN(PreTokenizer.of(new TekkenRule()), true, true, "tekken"),
    /** What llama.cpp takes where a file does not say: marks by themselves, digits three by three. */
    DEFAULT(
            PreTokenizer.isolating(Scan::marks)
                    .then(PreTokenizer.of(new Gpt2Rule()))
                    .then(PreTokenizer.isolating((text, from, to) -> Scan.numbers(text, from, to, Integer.MAX_VALUE)))
                    .then(PreTokenizer.isolating(Scan::threeDigits)),
            false,
            false,
            "default");

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
