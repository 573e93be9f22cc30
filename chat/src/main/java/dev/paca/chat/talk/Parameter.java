package dev.paca.chat.talk;

import dev.paca.chat.option.UsageException;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.sampling.SamplingOptions;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What {@code /set} changes; names are those of the flags.
 *
 * @param name its name
 * @param get shows it
 * @param set gives options with another value
 */
record Parameter(
        String name,
        Function<GenerationOptions, String> get,
        BiFunction<GenerationOptions, String, GenerationOptions> set) {

    static final List<Parameter> ALL = List.of(
            sampling("temp", s -> Float.toString(s.temperature()), (s, v) -> s.withTemperature(Float.parseFloat(v))),
            sampling("top-k", s -> Integer.toString(s.topK()), (s, v) -> s.withTopK(Integer.parseInt(v))),
            sampling("top-p", s -> Float.toString(s.topP()), (s, v) -> s.withTopP(Float.parseFloat(v))),
            sampling("min-p", s -> Float.toString(s.minP()), (s, v) -> s.withMinP(Float.parseFloat(v))),
            sampling(
                    "repeat-penalty",
                    s -> Float.toString(s.repeatPenalty()),
                    (s, v) -> s.withRepeatPenalty(Float.parseFloat(v))),
            sampling(
                    "repeat-last-n",
                    s -> Integer.toString(s.repeatLastN()),
                    (s, v) -> s.withRepeatLastN(Integer.parseInt(v))),
            sampling(
                    "presence-penalty",
                    s -> Float.toString(s.presencePenalty()),
                    (s, v) -> s.withPresencePenalty(Float.parseFloat(v))),
            sampling(
                    "frequency-penalty",
                    s -> Float.toString(s.frequencyPenalty()),
                    (s, v) -> s.withFrequencyPenalty(Float.parseFloat(v))),
            sampling("seed", s -> Long.toString(s.seed()), (s, v) -> s.withSeed(Long.parseLong(v))),
            new Parameter(
                    "predict",
                    o -> Integer.toString(o.maxTokens()),
                    (o, v) -> o.withMaxTokens(atLeast(-1, Integer.parseInt(v)))),
            new Parameter(
                    "stop", o -> o.stop().toString(), (o, v) -> o.withStop(v.equals("none") ? List.of() : List.of(v))));

    /** Options with another value of the parameter of that name. */
    static GenerationOptions set(GenerationOptions options, String name, String value) {
        Parameter parameter = ALL.stream()
                .filter(each -> each.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("There is no parameter " + name + "; there are "
                        + ALL.stream().map(Parameter::name).collect(Collectors.joining(", ")) + "."));
        try {
            return parameter.set.apply(options, value);
        } catch (NumberFormatException e) {
            throw new UsageException(name + " is to be '" + value + "', which is no number that fits; it stays "
                    + parameter.get.apply(options) + ".");
        }
    }

    private static int atLeast(int least, int value) {
        if (value < least) {
            throw new UsageException(
                    "predict is to be " + value + ": give a number of tokens, or -1 for as many as fit.");
        }
        return value;
    }

    private static Parameter sampling(
            String name,
            Function<SamplingOptions, String> get,
            BiFunction<SamplingOptions, String, SamplingOptions> set) {
        return new Parameter(
                name,
                options -> get.apply(options.sampling()),
                (options, value) -> options.withSampling(set.apply(options.sampling(), value)));
    }
}
