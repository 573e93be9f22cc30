package dev.paca.tornado;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Tensor;
import dev.paca.model.llama.LlamaConfig;
import dev.paca.model.llama.LlamaWeights;
import dev.paca.tornado.graph.StepGraph;
import dev.paca.tornado.weights.DeviceMatrix;

/** What a decoder will take of a device's memory, computed before anything is allocated there. */
final class DeviceMemory {
    /** For kernels, the driver's context and events. */
    private static final long RESERVE = 512L << 20;

    private DeviceMemory() {}

    /** @throws PacaException if the device's memory does not suffice */
    static void check(
            Gguf gguf,
            TornadoDevices.Device device,
            LlamaWeights weights,
            LlamaConfig config,
            int context,
            long cacheBytes,
            long evictionBytes,
            TornadoOptions options) {
        long weightBytes = 0;
        for (Tensor tensor : gguf.tensors().values()) {
            weightBytes += DeviceMatrix.bytes(tensor.type(), tensor.elements());
        }
        long angles = 4L * context * config.headDim();
        long row = 4L * (3L * config.dim() + 3L * config.queryDim() + 2L * config.kvDim() + config.ffnDim());
        long logits = 4L * config.vocabulary() * (options.batchRows() + 2);
        long tensors = device.tensors()
                ? StepGraph.tensorBytes(config, options.prefillRows())
                        + StepGraph.tensorBytes(config, options.batchRows())
                : 0;
        long scratch =
                row * (options.prefillRows() + options.batchRows() + 1) + logits + angles + tensors + evictionBytes;
        long sum = weightBytes + cacheBytes + scratch + RESERVE;
        if (device.gpu() && sum > device.bytes()) {
            throw new PacaException(
                    gguf.name() + ": " + device.id() + " has " + mib(device.bytes()) + " MiB, but weights take "
                            + mib(weightBytes) + ", the cache " + mib(cacheBytes) + ", scratch space " + mib(scratch)
                            + " and the driver about " + mib(RESERVE)
                            + " MiB. Choose a shorter context, a smaller cache, a smaller model, or --device cpu.");
        }
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }
}
