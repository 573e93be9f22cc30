package dev.paca.model.decoder;

import dev.paca.model.gguf.Gguf;
import java.util.List;
import java.util.Map;

/** Opens decoders on devices other than the CPU. Found with {@link java.util.ServiceLoader}. */
public interface DecoderProvider {
    /** What stands for the device that it prefers: {@code tornado}. */
    String name();

    /**
     * Names of the devices that are there, each with what it is; the one to prefer first.
     *
     * @throws dev.paca.kv.PacaException if the devices cannot be reached; says what to do
     */
    Map<String, String> devices();

    /**
     * Names of those devices that are faster than the CPU, the one to prefer first.
     *
     * @throws dev.paca.kv.PacaException if the devices cannot be reached
     */
    List<String> accelerators();

    /**
     * A decoder for a file's model, which must stay open as long as the decoder is used.
     *
     * @throws dev.paca.kv.PacaException if the device is not there, cannot run the model, or has not enough memory
     */
    Decoder open(Gguf gguf, DecoderOptions options);
}
