package dev.paca.tornado.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.paca.tornado.memory.HostArrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** The codecs by whole numbers: as Java's halves, as the definition of E4M3, and the same on the device. */
class CodecTest {
    private static final int N = 65536;

    @Test
    void halvesAreJavas() {
        for (int bits = 0; bits < N; bits++) {
            float value = Float.float16ToFloat((short) bits);
            if (Float.isFinite(value)) {
                assertThat(Half.decode((short) bits)).isEqualTo(value);
                assertThat(Half.encode(value) & 0x7FFF).isEqualTo(bits & 0x7FFF);
            }
        }
        for (float x : numbers()) {
            assertThat(Half.encode(x)).as("half of " + x).isEqualTo(Float.floatToFloat16(x));
        }
        assertThat(Half.encode(1e9f)).isEqualTo((short) 0x7BFF);
    }

    @Test
    void fp8IsTheNearest() {
        float[] values = new float[127];
        for (int bits = 0; bits < values.length; bits++) {
            values[bits] = Fp8.decode(bits);
            assertThat(Fp8.encode(values[bits])).isEqualTo(bits);
        }
        assertThat(values[126]).isEqualTo(448);
        assertThat(values[1]).isEqualTo(1f / 512);
        assertThat(values[56]).isEqualTo(1);
        for (int bits = 0; bits < 126; bits++) {
            float tie = (values[bits] + values[bits + 1]) / 2;
            assertThat(Fp8.encode(Math.nextDown(tie))).as("below " + tie).isEqualTo(bits);
            assertThat(Fp8.encode(tie)).as("the even neighbour of " + tie).isEqualTo(bits + bits % 2);
            assertThat(Fp8.encode(Math.nextUp(tie))).as("above " + tie).isEqualTo(bits + 1);
        }
        for (float x : numbers()) {
            int best = 0;
            for (int bits = 1; bits < values.length; bits++) {
                double closer = Math.abs(values[bits] - Math.abs(x)) - Math.abs(values[best] - Math.abs(x));
                if (closer < 0 || closer == 0 && bits % 2 == 0) {
                    best = bits;
                }
            }
            assertThat(Fp8.encode(x)).as("E4M3 of " + x).isEqualTo(x < 0 ? best + 128 : best);
        }
    }

    /** On the device: what goes in, as halves and as four E4M3 in an int, and both read back. */
    static void codecs(KernelContext context, FloatArray x, ShortArray halves, IntArray packed, FloatArray back) {
        int i = context.globalIdx;
        short half = Half.encode(x.get(i));
        halves.set(i, half);
        packed.set(i, Page.pack(x.get(i), -x.get(i), 2f * x.get(i), 0.01f * x.get(i)));
        int w = Page.pack(x.get(i), -x.get(i), 2f * x.get(i), 0.01f * x.get(i));
        back.set(2 * i, Half.decode(half));
        back.set(2 * i + 1, Fp8.decode((w >> 8) & 255));
    }

    @Test
    void theDeviceAgrees() {
        float[] numbers = numbers();
        FloatArray x = HostArrays.floats(numbers);
        ShortArray halves = HostArrays.shorts(N);
        IntArray packed = HostArrays.ints(N);
        FloatArray back = HostArrays.floats(2 * N);
        KernelContext context = new KernelContext();
        Kernel.run(
                N / 64,
                64,
                new Object[] {x},
                new Object[] {halves, packed, back},
                graph -> graph.task("kernel", CodecTest::codecs, context, x, halves, packed, back));
        for (int i = 0; i < N; i++) {
            float v = numbers[i];
            assertThat(halves.get(i)).as("half of " + v).isEqualTo(Half.encode(v));
            assertThat(packed.get(i)).as("E4M3 around " + v).isEqualTo(Page.pack(v, -v, 2 * v, 0.01f * v));
            assertThat(back.get(2 * i)).as("half of " + v).isEqualTo(Half.decode(Half.encode(v)));
            assertThat(back.get(2 * i + 1)).as("E4M3 of " + -v).isEqualTo(Fp8.decode(Fp8.encode(-v)));
        }
    }

    private static float[] numbers() {
        Random random = new Random(6);
        float[] x = new float[N];
        for (int i = 0; i < N; i++) {
            x[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(16) - 10));
        }
        // ties, and what they are nearly
        System.arraycopy(new float[] {17, 19, 1.0625f, 1.1875f, 1.0625001f, 0.0009765625f, 464, 447, 0}, 0, x, 0, 9);
        return x;
    }
}
