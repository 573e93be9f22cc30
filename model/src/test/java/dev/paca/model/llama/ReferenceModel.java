package dev.paca.model.llama;

import dev.paca.model.gguf.Dequantizer;
import dev.paca.model.gguf.Gguf;
import dev.paca.model.gguf.Tensor;
import java.util.ArrayList;
import java.util.List;

/** The same models once more, written from the papers, one token at a time and in double: nothing shared with the decoder. */
final class ReferenceModel {
    private final Gguf gguf;
    private final LlamaConfig config;
    private final List<List<double[]>> keys = new ArrayList<>();
    private final List<List<double[]>> values = new ArrayList<>();

    ReferenceModel(Gguf gguf) {
        this.gguf = gguf;
        this.config = LlamaConfig.of(gguf.metadata());
        for (int l = 0; l < config.layers(); l++) {
            keys.add(new ArrayList<>());
            values.add(new ArrayList<>());
        }
    }

    /** The logits after each of the tokens. */
    double[][] logits(int... tokens) {
        double[][] logits = new double[tokens.length][];
        for (int i = 0; i < tokens.length; i++) {
            logits[i] = logits(tokens[i]);
        }
        return logits;
    }

    private double[] logits(int token) {
        int position = keys.getFirst().size();
        double[] x = new double[config.dim()];
        System.arraycopy(numbers("token_embd.weight"), token * config.dim(), x, 0, config.dim());
        for (int l = 0; l < config.layers(); l++) {
            String blk = "blk." + l + ".";
            double[] h = norm(x, numbers(blk + "attn_norm.weight"));
            double[] q = plus(times(blk + "attn_q.weight", h), blk + "attn_q.bias");
            double[] k = plus(times(blk + "attn_k.weight", h), blk + "attn_k.bias");
            double[] v = plus(times(blk + "attn_v.weight", h), blk + "attn_v.bias");
            q = rotate(headNorm(q, blk + "attn_q_norm.weight"), position);
            k = rotate(headNorm(k, blk + "attn_k_norm.weight"), position);
            keys.get(l).add(k);
            values.get(l).add(v);
            x = sum(x, times(blk + "attn_output.weight", attend(q, keys.get(l), values.get(l))));
            h = norm(x, numbers(blk + "ffn_norm.weight"));
            double[] gate = times(blk + "ffn_gate.weight", h);
            double[] up = times(blk + "ffn_up.weight", h);
            for (int i = 0; i < gate.length; i++) {
                gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
            }
            x = sum(x, times(blk + "ffn_down.weight", gate));
        }
        String output = gguf.tensors().containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        return times(output, norm(x, numbers("output_norm.weight")));
    }

    private double[] attend(double[] q, List<double[]> ks, List<double[]> vs) {
        int d = config.headDim();
        double[] out = new double[q.length];
        for (int h = 0; h < config.heads(); h++) {
            int kv = h / (config.heads() / config.kvHeads());
            double[] weights = new double[ks.size()];
            double total = 0;
            for (int t = 0; t < ks.size(); t++) {
                double dot = 0;
                for (int i = 0; i < d; i++) {
                    dot += q[h * d + i] * ks.get(t)[kv * d + i];
                }
                weights[t] = Math.exp(dot / Math.sqrt(d));
                total += weights[t];
            }
            for (int t = 0; t < ks.size(); t++) {
                for (int i = 0; i < d; i++) {
                    out[h * d + i] += weights[t] / total * vs.get(t)[kv * d + i];
                }
            }
        }
        return out;
    }

    private double[] rotate(double[] x, int position) {
        double[] out = x.clone();
        double[] factors = gguf.tensors().containsKey("rope_freqs.weight") ? numbers("rope_freqs.weight") : null;
        int n = config.ropeDim();
        boolean adjacent = config.architecture() == Architecture.LLAMA;
        for (int head = 0; head < x.length; head += config.headDim()) {
            for (int i = 0; i < n / 2; i++) {
                double angle = position / Math.pow(config.ropeBase(), 2.0 * i / n) / config.ropeScale();
                angle = factors == null ? angle : angle / factors[i];
                int first = head + (adjacent ? 2 * i : i);
                int second = head + (adjacent ? 2 * i + 1 : i + n / 2);
                out[first] = x[first] * Math.cos(angle) - x[second] * Math.sin(angle);
                out[second] = x[first] * Math.sin(angle) + x[second] * Math.cos(angle);
            }
        }
        return out;
    }

    private double[] headNorm(double[] x, String name) {
        if (!gguf.tensors().containsKey(name)) {
            return x;
        }
        int d = config.headDim();
        double[] out = new double[x.length];
        for (int head = 0; head < x.length; head += d) {
            double[] part = new double[d];
            System.arraycopy(x, head, part, 0, d);
            System.arraycopy(norm(part, numbers(name)), 0, out, head, d);
        }
        return out;
    }

    private double[] norm(double[] x, double[] scale) {
        double squares = 0;
        for (double number : x) {
            squares += number * number;
        }
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] / Math.sqrt(squares / x.length + config.normEpsilon()) * scale[i];
        }
        return out;
    }

    private double[] times(String name, double[] x) {
        double[] w = numbers(name);
        double[] out = new double[w.length / x.length];
        for (int i = 0; i < w.length; i++) {
            out[i / x.length] += w[i] * x[i % x.length];
        }
        return out;
    }

    private double[] plus(double[] x, String bias) {
        return gguf.tensors().containsKey(bias) ? sum(x, numbers(bias)) : x;
    }

    private static double[] sum(double[] x, double[] y) {
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] + y[i];
        }
        return out;
    }

    private double[] numbers(String name) {
        Tensor tensor = gguf.tensors().get(name);
        float[] floats = new float[(int) tensor.elements()];
        Dequantizer.dequantize(tensor.type(), tensor.data(), 0, floats.length, floats, 0);
        double[] numbers = new double[floats.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = floats[i];
        }
        return numbers;
    }
}
