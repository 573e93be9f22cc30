package dev.paca.bench.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/** An axis: where values lie on it, and which are marked. */
public sealed interface Axis {
    String title();

    /** From 0, the beginning, to 1, the end. */
    double place(double value);

    /** The values that are marked. */
    List<Double> ticks();

    /** A value as it is written. */
    String text(double value);

    /** Equal distances for equal differences, from 0 to {@code max} or a little more. */
    record Linear(String title, double max, double step, DoubleFunction<String> format) implements Axis {
        @Override
        public double place(double value) {
            return value / max;
        }

        @Override
        public List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            for (int i = 0; i * step <= max * 1.0001; i++) {
                ticks.add(i * step);
            }
            return ticks;
        }

        @Override
        public String text(double value) {
            return format.apply(value);
        }
    }

    /** Equal distances for equal factors. */
    record Logarithmic(String title, double min, double max, DoubleFunction<String> format) implements Axis {
        private static final double[] STEPS = {1, 2, 5};
        private static final double MANY = 300;

        @Override
        public double place(double value) {
            return Math.clamp(Math.log(value / min) / Math.log(max / min), 0, 1);
        }

        @Override
        public List<Double> ticks() {
            List<Double> ticks = new ArrayList<>();
            // Over more than two decades and a half, 1, 2 and 5 of each are too many.
            int kept = max / min > MANY ? 1 : STEPS.length;
            for (int power = (int) Math.floor(Math.log10(min)); Math.pow(10, power) <= max * 1.0001; power++) {
                for (int i = 0; i < kept; i++) {
                    double value = STEPS[i] * Math.pow(10, power);
                    if (value >= min * 0.9999 && value <= max * 1.0001) {
                        ticks.add(value);
                    }
                }
            }
            return ticks;
        }

        @Override
        public String text(double value) {
            return format.apply(value);
        }
    }

    /** Equal distances between neighbours, whatever they are. */
    record Steps(String title, List<Double> values, DoubleFunction<String> format) implements Axis {
        @Override
        public double place(double value) {
            return values.size() == 1 ? 0.5 : (double) values.indexOf(value) / (values.size() - 1);
        }

        @Override
        public List<Double> ticks() {
            return values;
        }

        @Override
        public String text(double value) {
            return format.apply(value);
        }
    }

    /** A linear axis that reaches {@code most}, with about four round ticks. */
    static Axis linear(String title, double most, DoubleFunction<String> format) {
        double raw = Math.max(most, 1e-9) / 4;
        double power = Math.pow(10, Math.floor(Math.log10(raw)));
        double step = power * (raw / power <= 1 ? 1 : raw / power <= 2 ? 2 : raw / power <= 5 ? 5 : 10);
        return new Linear(title, Math.ceil(most / step - 1e-9) * step, step, format);
    }

    /** The same for bytes, whose round numbers are powers of two. */
    static Axis bytes(String title, double most) {
        double step = Math.pow(2, Math.ceil(Math.log(Math.max(most, 4) / 4) / Math.log(2)));
        return new Linear(title, Math.ceil(most / step - 1e-9) * step, step, Units::bytes);
    }
}
