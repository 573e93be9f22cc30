package dev.paca.bench.task;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/**
 * The tasks, by name. {@code passkey}, {@code facts}, {@code lines} and {@code json} are the forms that Paca 28M was
 * trained on; {@code niah-*} and {@code variables} follow RULER's definitions (Hsieh et al. 2024).
 */
public final class Tasks {
    private final Map<String, Task> byName = new LinkedHashMap<>();

    public Tasks(Haystack haystack) {
        prose(haystack, "passkey", 24, Tasks::passKey);
        prose(haystack, "facts", 24, Tasks::facts);
        listed("lines", 40, 4000, Tasks::lines);
        listed("json", 64, 1500, Tasks::json);
        prose(haystack, "niah-single", 40, random -> needles(1, 1, 1, random));
        prose(haystack, "niah-multikey", 40, random -> needles(8, 1, 1, random));
        prose(haystack, "niah-multivalue", 80, random -> needles(1, 4, 1, random));
        prose(haystack, "niah-multiquery", 80, random -> needles(4, 1, 4, random));
        prose(haystack, "variables", 60, Tasks::variables);
    }

    /** All of them, in the order of the tables. */
    public List<Task> all() {
        return List.copyOf(byName.values());
    }

    /** @throws PacaException naming the known ones if there is none of that name */
    public Task named(String name) {
        Task task = byName.get(name);
        if (task == null) {
            throw new PacaException("There is no task '" + name + "', expected one of " + byName.keySet() + ".");
        }
        return task;
    }

    /** What is hidden and asked: the needles in the order of the text. */
    private record Hidden(String introduction, List<String> needles, String question, List<String> answers) {}

    private void prose(Haystack haystack, String name, int answerTokens, Function<RandomGenerator, Hidden> make) {
        add(
                name,
                answerTokens,
                (tokens, seed, counter) -> Fit.largest(tokens, haystack.longest(), counter, size -> {
                    SplittableRandom random = new SplittableRandom(seed);
                    Hidden hidden = make.apply(random.split());
                    String text = haystack.hide(size, hidden.needles(), random.split());
                    return new Sample(
                            name,
                            seed,
                            hidden.introduction() + "\n\n" + text,
                            "\n\n" + hidden.question(),
                            hidden.answers());
                }));
    }

    /** A haystack made of needles: {@code make} gives a sample of that many. */
    private void listed(String name, int answerTokens, int most, Listed make) {
        add(
                name,
                answerTokens,
                (tokens, seed, counter) ->
                        Fit.largest(tokens, most, counter, size -> make.of(Math.max(2, size), name, seed)));
    }

    private interface Listed {
        Sample of(int size, String name, long seed);
    }

    private interface Maker {
        Sample sample(int tokens, long seed, ToIntFunction<String> counter);
    }

    private void add(String name, int answerTokens, Maker maker) {
        byName.put(name, new Task() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int answerTokens() {
                return answerTokens;
            }

            @Override
            public Sample sample(int tokens, long seed, ToIntFunction<String> counter) {
                return maker.sample(tokens, seed, counter);
            }
        });
    }

    private static Hidden passKey(RandomGenerator random) {
        String key = Words.number(7, random);
        return new Hidden(
                "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. I will quiz you"
                        + " about the important information there.",
                List.of("The pass key is " + key + ". Remember it. " + key + " is the pass key."),
                "What is the pass key?",
                List.of(key));
    }

    /** Facts about eight people, one of which is asked for. */
    private static Hidden facts(RandomGenerator random) {
        List<String> needles = new ArrayList<>();
        List<String> questions = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (String person : distinct(8, random, Words::person)) {
            String place = Words.place(random);
            String colour = Words.colour(random);
            String year = Integer.toString(random.nextInt(1900, 2010));
            needles.add(person + " lives in " + place + ".");
            questions.add("Where does " + person + " live?");
            answers.add(place);
            needles.add("The favourite colour of " + person + " is " + colour + ".");
            questions.add("What is the favourite colour of " + person + "?");
            answers.add(colour);
            needles.add(person + " was born in " + year + ".");
            questions.add("When was " + person + " born?");
            answers.add(year);
        }
        int asked = random.nextInt(needles.size());
        return new Hidden(
                "Read the following text. I will ask questions about it.",
                List.of(Haystack.shuffled(needles.toArray(String[]::new), random)),
                questions.get(asked),
                List.of(answers.get(asked)));
    }

    /** {@code keys} keys with {@code values} values each, of which {@code asked} keys are asked for. */
    private static Hidden needles(int keys, int values, int asked, RandomGenerator random) {
        List<String> names = distinct(keys, random, Words::key);
        List<String> needles = new ArrayList<>();
        List<String> answers = new ArrayList<>();
        for (int k = 0; k < keys; k++) {
            for (int v = 0; v < values; v++) {
                String number = Words.number(7, random);
                needles.add("One of the special magic numbers for " + names.get(k) + " is: " + number + ".");
                if (k < asked) {
                    answers.add(number);
                }
            }
        }
        String query = asked == 1
                ? names.getFirst()
                : String.join(", ", names.subList(0, asked - 1)) + ", and " + names.get(asked - 1);
        boolean one = asked * values == 1;
        return new Hidden(
                "Some special magic numbers are hidden within the following text. Make sure to memorize it. I will quiz you"
                        + " about the numbers afterwards.",
                List.of(Haystack.shuffled(needles.toArray(String[]::new), random)),
                (one ? "What is the special magic number for " : "What are all the special magic numbers for ") + query
                        + " mentioned in the provided text?",
                answers);
    }

    /** Two chains of two variables; the needles keep the order of assignment. */
    private static Hidden variables(RandomGenerator random) {
        List<String> names = distinct(4, random, Words::variable);
        String value = Words.number(5, random);
        String other = Words.number(5, random);
        return new Hidden(
                "Memorize and track the chain(s) of variable assignment hidden in the following text.",
                List.of(
                        "VAR " + names.get(0) + " = " + value + ".",
                        "VAR " + names.get(2) + " = " + other + ".",
                        "VAR " + names.get(1) + " = VAR " + names.get(0) + ".",
                        "VAR " + names.get(3) + " = VAR " + names.get(2) + "."),
                "Find all variables that are assigned the value " + value + " in the text above.",
                List.of(names.get(0), names.get(1)));
    }

    private static Sample lines(int size, String name, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int asked = random.nextInt(size);
        StringBuilder text = new StringBuilder(
                "Below is a record of lines I want you to remember. Each line begins with 'line"
                        + " <line index>' and contains a '<REGISTER_CONTENT>' at the end of the line as a numerical value.\n\n");
        String line = "";
        String value = "";
        int i = 0;
        for (String each : distinct(size, random, Words::line)) {
            String number = Words.number(5, random);
            text.append("line ")
                    .append(each)
                    .append(": REGISTER_CONTENT is <")
                    .append(number)
                    .append(">\n");
            if (i++ == asked) {
                line = each;
                value = number;
            }
        }
        return new Sample(
                name,
                seed,
                text.append('.').toString(),
                "\n\nWhat is the <REGISTER_CONTENT> in line " + line + "?",
                List.of(value));
    }

    private static Sample json(int size, String name, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int asked = random.nextInt(size);
        StringBuilder text = new StringBuilder(
                "Extract the value corresponding to the specified key in the JSON object below.\n\n{\n");
        String key = "";
        String value = "";
        for (int i = 0; i < size; i++) {
            String k = Words.uuid(random);
            String v = Words.uuid(random);
            text.append('"').append(k).append("\": \"").append(v).append("\",\n");
            if (i == asked) {
                key = k;
                value = v;
            }
        }
        return new Sample(name, seed, text.append('}').toString(), "\nKey: \"" + key + "\"", List.of(value));
    }

    private static List<String> distinct(int count, RandomGenerator random, Function<RandomGenerator, String> make) {
        Set<String> out = new LinkedHashSet<>();
        while (out.size() < count) {
            out.add(make.apply(random));
        }
        return List.copyOf(out);
    }
}
