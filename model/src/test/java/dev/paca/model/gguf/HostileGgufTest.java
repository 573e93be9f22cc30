package dev.paca.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.paca.kv.PacaException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a file holds, opening it gives a model or one sentence, soon. */
class HostileGgufTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int MUTATIONS = 20_000;
    private static final long SEED = 20261126;

    static Stream<Arguments> files() {
        return Stream.of(
                Arguments.of(new GgufBytes(), "it starts with nothing, expected \"GGUF\""),
                Arguments.of(new GgufBytes().i32(0x04034B50).zeros(60), "it starts with bytes 50 4b 03 04"),
                Arguments.of(new GgufBytes().header(1, 0, 0), "GGUF version 1, expected 2 or 3"),
                Arguments.of(new GgufBytes().header(-1, 0, 0), "GGUF version 4294967295"),
                Arguments.of(new GgufBytes().header(3 << 24, 0, 0), "big-endian"),
                Arguments.of(new GgufBytes().i32(GgufParser.MAGIC).i32(3).i32(0), "the file ends at byte 12"),
                Arguments.of(header(0, 1_000_000), "the number of metadata entries is 1000000, expected at most 65536"),
                Arguments.of(header(0, -1), "the number of metadata entries is 18446744073709551615"),
                Arguments.of(header(1L << 40, 0), "the number of tensors is 1099511627776"),
                Arguments.of(header(0, 1).i64(Long.MAX_VALUE), "the length of the key of metadata entry 0 is 9223"),
                Arguments.of(header(0, 1).i64(500).zeros(9), "the file ends at byte 41 within the key"),
                Arguments.of(header(0, 1).key("k", 13), "metadata k has value type 13, expected 0 to 12"),
                Arguments.of(header(0, 1).key("\u001b[2J\n", 13), "metadata ?[2J? has value type"),
                Arguments.of(header(0, 1).key("k", 8).i64(1L << 62), "the length of metadata k is 4611"),
                Arguments.of(header(0, 1).key("k", 7).i8(2), "metadata k is the truth value 2"),
                Arguments.of(header(0, 1).key("k", 9).i32(7).i64(1).i8(9), "metadata k is the truth value 9"),
                Arguments.of(header(0, 1).key("k", 9).i32(10).i64(1L << 61), "the number of items of metadata k is 23"),
                Arguments.of(header(0, 1).key("k", 9).i32(10).i64(1 << 24).zeros(64), "which takes 134217728 bytes"),
                Arguments.of(header(0, 1).key("k", 9).i32(8).i64(2).i64(-1), "the length of an item of metadata k"),
                Arguments.of(nested(20), "deeper than 8"),
                Arguments.of(manyNested(), "more than 65536 arrays in arrays"),
                Arguments.of(header(0, 2).key("k", 0).i8(1).key("k", 0).i8(2), "metadata k is there twice"),
                Arguments.of(alignment(4, 24), "general.alignment is 24 (UINT32), expected a UINT32 power of two"),
                Arguments.of(alignment(4, 0), "general.alignment is 0 (UINT32)"),
                Arguments.of(alignment(5, 32), "general.alignment is 32 (INT32)"),
                Arguments.of(header(1, 0).tensor("t", 0, 0), "tensor t has 0 dimensions, expected 1 to 4"),
                Arguments.of(header(1, 0).text("t").i32(5).zeros(99), "tensor t has 5 dimensions"),
                Arguments.of(header(1, 0).text("t").i32(-1).zeros(99), "tensor t has 4294967295 dimensions"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, 4, 0), "tensor t has size 0 in dimension 1"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, -4), "tensor t has size 18446744073709551612"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, 1L << 40, 1L << 40), "fewer than 2^56 numbers"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, 1L << 32, 1L << 16, 1L << 16), "in dimension 2"),
                Arguments.of(header(1, 0).tensor("t", 17, 0, 256), "tensor t has type IQ2_XS, which is not supported"),
                Arguments.of(header(1, 0).tensor("t", 10, 0, 256), "type Q2_K, which is not supported (supported: F32"),
                Arguments.of(header(1, 0).tensor("t", 999, 0, 256), "type number 999, which is not supported"),
                Arguments.of(header(1, 0).tensor("t", 12, 0, 255), "rows of 255 numbers, expected a multiple of 256"),
                Arguments.of(header(1, 0).tensor("t", 0, 8, 1).zeros(99), "at offset 8, expected a multiple of 32"),
                Arguments.of(header(1, 0).tensor("t", 0, -32, 1).zeros(99), "at offset 18446744073709551584"),
                Arguments.of(header(1, 0).tensor("t", 0, 1L << 40, 1).zeros(99), "takes 4 bytes from offset 10995"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, 8), "but the file has only 0 bytes of tensors"),
                Arguments.of(header(1, 0).tensor("t", 0, 0, 1L << 55).zeros(99), "takes 144115188075855872 bytes"),
                Arguments.of(
                        header(2, 0).tensor("t", 0, 0, 1).tensor("t", 0, 0, 1).zeros(99), "tensor t is there twice"));
    }

    private static GgufBytes header(long tensors, long entries) {
        return new GgufBytes().header(3, tensors, entries);
    }

    private static GgufBytes alignment(int type, int alignment) {
        return header(0, 1).key("general.alignment", type).i32(alignment);
    }

    private static GgufBytes nested(int depth) {
        GgufBytes file = header(0, 1).key("k", 9);
        for (int i = 0; i < depth; i++) {
            file.i32(9).i64(1);
        }
        return file.i32(0).i64(0);
    }

    private static GgufBytes manyNested() {
        GgufBytes file = header(0, 1).key("k", 9).i32(9).i64(70_000);
        for (int i = 0; i < 70_000; i++) {
            file.i32(0).i64(0);
        }
        return file;
    }

    @ParameterizedTest
    @MethodSource("files")
    void isRefusedInOneSentence(GgufBytes file, String says) {
        assertTimeoutPreemptively(
                SOON,
                () -> assertThatThrownBy(file::gguf)
                        .isInstanceOf(PacaException.class)
                        .hasMessageStartingWith("m.gguf: ")
                        .hasMessageContaining(says)
                        .hasMessageEndingWith("."));
    }

    @Test
    void everyBeginningIsRefused() {
        byte[] file = small();
        for (int length = 0; length < file.length - 32; length++) {
            MemorySegment beginning = MemorySegment.ofArray(Arrays.copyOf(file, length));
            assertThatThrownBy(() -> Gguf.of(beginning, "cut"))
                    .as("%d bytes", beginning.byteSize())
                    .isInstanceOf(PacaException.class);
        }
    }

    /** Changes bytes, and puts telling numbers over whole words. A refusal other than a sentence fails the test as it is. */
    @Test
    void mutationsAreReadOrRefused() {
        byte[] file = small();
        long[] telling = {
            0, 1, -1, 255, 1 << 16, 1 << 24, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, 1L << 60
        };
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            long seed = SEED + i;
            SplittableRandom random = new SplittableRandom(seed);
            byte[] mutant = file.clone();
            for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
                int at = random.nextInt(mutant.length - 8);
                if (random.nextBoolean()) {
                    mutant[at] = (byte) random.nextInt();
                } else {
                    MemorySegment.ofArray(mutant).set(Cursor.LONG, at, telling[random.nextInt(telling.length)]);
                }
            }
            refused += assertTimeoutOf(mutant, seed) ? 1 : 0;
        }
        assertThat(refused).isBetween(MUTATIONS / 4, MUTATIONS - 1);
    }

    private static boolean assertTimeoutOf(byte[] mutant, long seed) {
        long start = System.nanoTime();
        boolean refused = false;
        try (Gguf gguf = Gguf.of(MemorySegment.ofArray(mutant), "mutant")) {
            readAll(gguf);
        } catch (PacaException e) {
            refused = true;
            assertThat(e.getMessage())
                    .as("seed %d", seed)
                    .startsWith("mutant: ")
                    .endsWith(".");
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("seed %d", seed)
                .isLessThan(SOON);
        return refused;
    }

    /** Everything that was accepted can be read as well. */
    private static void readAll(Gguf gguf) {
        Metadata metadata = gguf.metadata();
        for (String key : metadata.keys()) {
            if (metadata.value(key).orElseThrow() instanceof Value.Items items) {
                switch (items.element()) {
                    case STRING -> assertThat(metadata.strings(key)).hasSize(items.count());
                    case FLOAT32, FLOAT64 -> assertThat(metadata.floats(key)).hasSize(items.count());
                    case BOOL, ARRAY -> {}
                    default -> metadata.ints(key);
                }
            }
        }
        for (Tensor tensor : gguf.tensors().values()) {
            int n = (int) tensor.elements();
            Dequantizer.dequantize(tensor.type(), tensor.data(), 0, n, new float[n], 0);
        }
    }

    private static byte[] small() {
        return new GgufWriter()
                .put("general.architecture", "llama")
                .put("general.alignment", 32)
                .put("llama.rope.freq_base", 500000f)
                .put("tokenizer.ggml.add_bos_token", true)
                .put("tokenizer.ggml.tokens", new String[] {"a", "b", "ab"})
                .put("tokenizer.ggml.scores", new float[] {0, -1, -2})
                .put("tokenizer.ggml.token_type", new int[] {1, 1, 3})
                .tensor("output_norm.weight", GgmlType.F32, new long[] {32}, new float[32])
                .tensor("token_embd.weight", GgmlType.Q8_0, new long[] {32, 3}, new float[96])
                .tensor("blk.0.attn_q.weight", GgmlType.Q4_0, new long[] {32, 32}, new float[1024])
                .bytes();
    }
}
