package dev.paca.bench.device;

import dev.paca.kv.Workers;
import dev.paca.model.Devices;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.DecoderOptions;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.kernels.KernelLookup;
import dev.paca.model.llama.CpuDecoder;
import dev.paca.model.llama.CpuOptions;

/** Opens decoders on whatever device is asked for. */
public final class Decoders {
    private Decoders() {}

    /**
     * A decoder on the device that the options name.
     *
     * @param workers compute on the CPU; the caller closes them
     * @throws dev.paca.kv.PacaException if the device is not there, or cannot run the model
     */
    public static Decoder open(Gguf gguf, Workers workers, DecoderOptions options) {
        return options.device().equals(Devices.CPU)
                ? CpuDecoder.of(
                        gguf, KernelLookup.best(), workers, new CpuOptions(options.contextLength(), options.kvBytes()))
                : Devices.open(gguf, options);
    }
}
