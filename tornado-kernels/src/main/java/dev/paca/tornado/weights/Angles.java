package dev.paca.tornado.weights;

import dev.paca.kv.PacaException;
import dev.paca.model.llama.Architecture;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.tornado.memory.HostArrays;
import org.jspecify.annotations.Nullable;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The angles of rotary position embedding for every position, since a device's own sine is only good near zero. */
final class Angles {
    private Angles() {}

    /**
     * A cosine and a sine for each position and pair of channels; pairs beyond the model's RoPE dimension stand still.
     *
     * @param factors what frequencies are divided by, or null
     */
    static FloatArray of(LlamaConfig config, float @Nullable [] factors, int positions) {
        int pairs = config.headDim() / 2;
        int turning = config.ropeDim() / 2;
        if (turning < pairs && config.architecture().pairs() == Architecture.Pairs.HALVES) {
            throw new PacaException("The model rotates " + config.ropeDim() + " of " + config.headDim()
                    + " channels of a head in halves, which the device's decoder does not. Use --device cpu.");
        }
        FloatArray angles = HostArrays.floats(positions * config.headDim());
        for (int i = 0; i < pairs; i++) {
            double frequency = 0;
            if (i < turning) {
                frequency = Math.pow(config.ropeBase(), -2.0 * i / config.ropeDim()) / config.ropeScale();
                frequency = factors == null ? frequency : frequency / factors[i];
            }
            for (int p = 0; p < positions; p++) {
                angles.set((p * pairs + i) * 2, (float) Math.cos(p * frequency));
                angles.set((p * pairs + i) * 2 + 1, (float) Math.sin(p * frequency));
            }
        }
        return angles;
    }
}
