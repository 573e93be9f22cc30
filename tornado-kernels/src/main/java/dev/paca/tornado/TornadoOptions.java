package dev.paca.tornado;

import dev.paca.kv.KvPolicy;

/**
 * What a decoder on a device may use.
 *
 * @param device which device: {@code auto}, or a name that {@link TornadoDevices#list} gives, such as {@code ptx:0}
 * @param contextLength tokens that a sequence may have; 0 for as many as the model was trained to read
 * @param policy how all sequences' keys and values are stored and read
 * @param kvBytes bytes that all sequences' caches may hold together; 0 for one context's
 * @param prefillRows tokens of prompts that run at once; 0 for as many as keep the device busy
 * @param batchRows sequences that decode at once
 * @param capture whether a step is captured and launched as one CUDA graph, where the backend can
 */
public record TornadoOptions(
        String device,
        int contextLength,
        KvPolicy policy,
        long kvBytes,
        int prefillRows,
        int batchRows,
        boolean capture) {
    /** Dense, one context, on the best device there is. */
    public static final TornadoOptions DEFAULT = new TornadoOptions("auto", 0, KvPolicy.DENSE, 0, 0, 16, true);

    /** Prompts run on tensor cores in large chunks, elsewhere in smaller ones. */
    private static final int TENSOR_ROWS = 512;

    private static final int ROWS = 128;

    /** With as many rows as a device with tensor cores, or one without, makes use of. */
    TornadoOptions on(boolean tensors) {
        int most = tensors ? TENSOR_ROWS : ROWS;
        int rows = prefillRows == 0 ? most : Math.min(prefillRows, most);
        return new TornadoOptions(device, contextLength, policy, kvBytes, rows, batchRows, capture);
    }
}
