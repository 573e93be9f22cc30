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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class LlamaWeightsTest {
    private static LlamaWeights read(GgufWriter writer) {
        Gguf gguf = Gguf.of(MemorySegment.ofArray(writer.bytes()), "m.gguf");
        return LlamaWeights.of(gguf, LlamaConfig.of(gguf.metadata()));
    }

    private static TinyModel model(Architecture architecture, boolean tied) {
        return new TinyModel(architecture, 64, 2, 4, 2, 24, 24, 96, 50, tied, !tied, GgmlType.Q8_0, 1);
    }

    @ParameterizedTest
    @EnumSource
    void findsWhatAnArchitectureHas(Architecture architecture) {
        LlamaWeights weights = read(model(architecture, false).writer());
        assertThat(weights.layers()).hasSize(2);
        assertThat(weights.output()).isNotEqualTo(weights.embeddings());
        assertThat(weights.ropeFactors()).hasSize(12);
        Layer layer = weights.layers().get(1);
        assertThat(layer.k().name()).isEqualTo("blk.1.attn_k.weight");
        assertThat(layer.k().rows()).isEqualTo(48);
        assertThat(layer.k().cols()).isEqualTo(64);
        assertThat(layer.k().type()).isEqualTo(GgmlType.Q8_0);
        assertThat(layer.attentionNorm()).hasSize(64);
        assertThat(layer.qBias() != null).isEqualTo(architecture == Architecture.QWEN2);
        assertThat(layer.kNorm() != null).isEqualTo(architecture == Architecture.QWEN3);
    }

    @Test
    void tiesTheOutputToTheEmbeddings() {
        LlamaWeights weights = read(model(Architecture.LLAMA, true).writer());
        assertThat(weights.output()).isSameAs(weights.embeddings());
    }

    static Stream<Arguments> refusals() {
        TinyModel llama = model(Architecture.LLAMA, true);
        TinyModel wider = new TinyModel(Architecture.LLAMA, 64, 2, 4, 2, 24, 24, 128, 50, true, false, GgmlType.F32, 1);
        TinyModel deeper = new TinyModel(Architecture.LLAMA, 64, 3, 4, 2, 24, 24, 96, 50, true, false, GgmlType.F32, 1);
        TinyModel larger = new TinyModel(Architecture.LLAMA, 64, 2, 4, 2, 24, 24, 96, 51, true, false, GgmlType.F32, 1);
        return Stream.of(
                Arguments.of(
                        llama.metadata().put("split.count", 3),
                        "this is one of 3 parts of a model, which are not read"),
                Arguments.of(llama.metadata(), "tensor token_embd.weight is missing, expected shape [64, 50]"),
                Arguments.of(
                        wider.tensors(llama.metadata()),
                        "tensor blk.0.ffn_gate.weight has shape [64, 128], expected [64, 96]"),
                Arguments.of(llama.tensors(deeper.metadata()), "tensor blk.2.attn_norm.weight is missing"),
                Arguments.of(
                        deeper.tensors(llama.metadata()),
                        "tensor blk.2.attn_norm.weight is none that a model of architecture llama has"),
                Arguments.of(
                        larger.tensors(llama.metadata()),
                        "tensor token_embd.weight has shape [64, 51], expected [64, 50]"),
                Arguments.of(
                        llama.tensors(model(Architecture.QWEN2, true).metadata()),
                        "tensor blk.0.attn_q.bias is missing"),
                Arguments.of(
                        model(Architecture.QWEN3, true).tensors(llama.metadata()),
                        "tensor blk.0.attn_q_norm.weight is none that"),
                Arguments.of(
                        llama.writer().tensor("rope_freqs.weight", GgmlType.F32, new long[] {6, 2}, new float[12]),
                        "tensor rope_freqs.weight has shape [6, 2], expected [12]"));
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
