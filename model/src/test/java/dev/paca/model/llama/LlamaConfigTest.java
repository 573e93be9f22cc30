package dev.paca.model.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.GgmlType;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.GgufWriter;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LlamaConfigTest {
    private static LlamaConfig read(GgufWriter writer) {
        return LlamaConfig.of(
                Gguf.of(MemorySegment.ofArray(writer.bytes()), "m.gguf").metadata());
    }

    private static GgufWriter llama() {
        return new GgufWriter()
                .put("general.architecture", "llama")
                .put("llama.context_length", 2048)
                .put("llama.embedding_length", 512)
                .put("llama.block_count", 3)
                .put("llama.feed_forward_length", 1408)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-6f);
    }

    private static GgufWriter heads(GgufWriter writer) {
        return writer.put("llama.attention.head_count", 8).put("llama.vocab_size", 100);
    }

    @Test
    void readsWhatIsThereAndFillsInTheRest() {
        LlamaConfig config = read(heads(llama()));
        assertThat(config)
                .isEqualTo(new LlamaConfig(
                        Architecture.LLAMA, 100, 2048, 512, 3, 8, 8, 64, 1408, 1e-6f, 10_000, 64, 1, 0));
        assertThat(config.queryDim()).isEqualTo(512);
        assertThat(config.kvShape().group()).isEqualTo(1);
    }

    @Test
    void readsEveryArchitecture() {
        for (Architecture architecture : Architecture.values()) {
            TinyModel model = new TinyModel(architecture, 64, 2, 4, 2, 24, 24, 96, 50, true, false, GgmlType.F32, 1);
            LlamaConfig config = LlamaConfig.of(model.gguf().metadata());
            assertThat(config.architecture()).isEqualTo(architecture);
            assertThat(config.headDim()).isEqualTo(24);
            assertThat(config.kvHeads()).isEqualTo(2);
        }
    }

    @Test
    void countsTheTokenizersTokens() {
        GgufWriter writer = heads(llama()).put("tokenizer.ggml.tokens", new String[] {"a", "b", "c"});
        assertThat(read(writer).vocabulary()).isEqualTo(3);
    }

    @Test
    void readsSizesGivenLayerByLayerIfTheyAreEqual() {
        GgufWriter writer = heads(llama()).put("llama.attention.head_count_kv", new int[] {2, 2, 2});
        assertThat(read(writer).kvHeads()).isEqualTo(2);
    }

    @Test
    void readsLinearRopeScaling() {
        assertThat(read(heads(llama()).put("llama.rope.scaling.factor", 4f)).ropeScale())
                .isEqualTo(4);
        assertThat(read(heads(llama()).put("llama.rope.scale_linear", 2f)).ropeScale())
                .isEqualTo(2);
        assertThat(read(heads(llama()).put("llama.rope.scaling.type", "none").put("llama.rope.scaling.factor", 4f))
                        .ropeScale())
                .isEqualTo(1);
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(new GgufWriter(), "metadata general.architecture is missing"),
                Arguments.of(
                        new GgufWriter().put("general.architecture", "gemma3"),
                        "the architecture is \"gemma3\", which is not supported (supported: llama, qwen2, qwen3)"),
                Arguments.of(llama(), "metadata llama.attention.head_count is missing"),
                Arguments.of(llama().put("llama.attention.head_count", 8), "metadata llama.vocab_size is missing"),
                Arguments.of(
                        heads(llama()).put("llama.expert_count", 8), "a mixture of 8 experts, which is not supported"),
                Arguments.of(
                        heads(llama()).put("llama.attention.head_count_kv", 3),
                        "8 query heads and 3 KV heads, expected a multiple"),
                Arguments.of(
                        heads(llama()).put("llama.attention.head_count_kv", 0),
                        "llama.attention.head_count_kv is 0, expected 1 to 4096"),
                Arguments.of(
                        heads(llama()).put("llama.attention.head_count_kv", new int[] {4, 2, 4}),
                        "llama.attention.head_count_kv differs between layers"),
                Arguments.of(
                        heads(llama()).put("llama.attention.value_length", 32),
                        "key length 64, value length 32 and RoPE dimension 64"),
                Arguments.of(heads(llama()).put("llama.rope.dimension_count", 63), "RoPE dimension 63"),
                Arguments.of(heads(llama()).put("llama.rope.dimension_count", 66), "RoPE dimension 66"),
                Arguments.of(
                        heads(llama()).put("llama.rope.freq_base", Float.NaN), "llama.rope.freq_base is NaN, expected"),
                Arguments.of(
                        heads(llama()).put("llama.rope.scaling.type", "yarn"),
                        "RoPE scaling is \"yarn\", which is not supported (supported: none, linear,"),
                Arguments.of(
                        heads(llama()).put("llama.attention.scale", 0.5f), "llama.attention.scale is 0.5, expected"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusesInOneSentence(GgufWriter writer, String says) {
        assertThatThrownBy(() -> read(writer))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith("m.gguf: ")
                .hasMessageContaining(says)
                .hasMessageEndingWith(".");
    }
}
