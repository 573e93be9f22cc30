package dev.paca.model.llama;

import dev.paca.kv.PacaException;
import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Tensor;
import dev.paca.model.kernels.Matrix;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file's tensors, looked up by the name and the shape that the model needs. */
final class Tensors {
    private final Gguf gguf;
    private final Set<String> used = new HashSet<>();

    Tensors(Gguf gguf) {
        this.gguf = gguf;
        int parts = gguf.metadata().integer("split.count", 1);
        if (parts > 1) {
            throw refusal("this is one of " + parts + " parts of a model, which are not read together."
                    + " Merge them with llama-gguf-split --merge.");
        }
    }

    boolean has(String name) {
        return gguf.tensors().containsKey(name);
    }

    /** A matrix where it lies in the file. */
    Matrix matrix(String name, int rows, int cols) {
        Tensor tensor = find(name, cols, rows);
        return new Matrix(name, tensor.type(), rows, cols, tensor.data());
    }

    /** A vector as floats. */
    float[] vector(String name, int n) {
        Tensor tensor = find(name, n, 1);
        float[] vector = new float[n];
        Dequantizer.dequantize(tensor.type(), tensor.data(), 0, n, vector, 0);
        return vector;
    }

    float @Nullable [] vectorIfAny(String name, int n) {
        return vector(name, n, false);
    }

    float @Nullable [] vector(String name, int n, boolean required) {
        return required || has(name) ? vector(name, n) : null;
    }

    /** A tensor that nothing reads means that the model is not what it is taken for: its answers would be wrong. */
    void refuseOthers(Architecture architecture) {
        for (String name : gguf.tensors().keySet()) {
            if (!used.contains(name)) {
                throw refusal("tensor " + name + " is none that a model of architecture " + architecture.id()
                        + " has here. It is of a variant that is not supported: choose another model.");
            }
        }
    }

    private Tensor find(String name, int cols, int rows) {
        Tensor tensor = gguf.tensors().get(name);
        if (tensor == null) {
            throw refusal("tensor " + name + " is missing, expected shape " + text(cols, rows)
                    + ". The file is incomplete or of a variant that is not supported: get another one.");
        }
        long[] shape = tensor.shape();
        boolean fits =
                shape[0] == cols && tensor.elements() == (long) rows * cols && (shape.length < 2 || shape[1] == rows);
        if (!fits) {
            throw refusal(
                    "tensor " + name + " has shape " + tensor.shapeText() + ", expected " + text(cols, rows)
                            + " by the file's metadata. The file is damaged or of a variant that is not supported: get another one.");
        }
        used.add(name);
        return tensor;
    }

    private static String text(int cols, int rows) {
        return rows == 1 ? "[" + cols + "]" : "[" + cols + ", " + rows + "]";
    }

    private PacaException refusal(String sentence) {
        return new PacaException(gguf.name() + ": " + sentence);
    }
}
