package dev.paca.bench.jmh;

import dev.paca.kv.PacaException;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Param;

/** The benchmarks, and how one is made for parameters. */
public final class Microbenchmarks {
    /** All of them. */
    public static final List<Class<? extends Checked>> ALL = List.of(
            Products.class,
            DenseAttention.class,
            SparseAttention.class,
            Scoring.class,
            TopK.class,
            Append.class,
            Tokenizing.class,
            Sampling.class);

    private Microbenchmarks() {}

    /** The parameters of a benchmark, each with its values. */
    public static Map<String, List<String>> parameters(Class<? extends Checked> type) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (Field field : type.getFields()) {
            Param param = field.getAnnotation(Param.class);
            if (param != null) {
                parameters.put(field.getName(), Arrays.asList(param.value()));
            }
        }
        return parameters;
    }

    /** A benchmark that is not yet set up. */
    public static Checked of(Class<? extends Checked> type, Map<String, String> values) {
        try {
            Checked benchmark = type.getDeclaredConstructor().newInstance();
            for (Map.Entry<String, String> value : values.entrySet()) {
                Field field = type.getField(value.getKey());
                if (field.getType() == int.class) {
                    field.setInt(benchmark, Integer.parseInt(value.getValue()));
                } else {
                    field.set(benchmark, value.getValue());
                }
            }
            return benchmark;
        } catch (ReflectiveOperationException | NumberFormatException e) {
            throw new PacaException("The benchmark " + type.getSimpleName() + " has no parameters " + values + ".", e);
        }
    }
}
