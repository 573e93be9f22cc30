package dev.paca.bench.serve;

import dev.paca.kv.PacaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Requests in the order in which they arrive.
 *
 * @param name what tells it from others
 * @param requests by arrival
 */
record Trace(String name, List<Request> requests) {
    /** How unlike lengths are: about one in seven is longer than 1.8 times the median. Real traces are like that. */
    private static final double DEVIATION = 0.6;

    Trace {
        requests = requests.stream()
                .sorted(Comparator.comparingDouble(Request::arrival))
                .toList();
    }

    /**
     * A trace from a seed: arrivals are a Poisson process, lengths are log-normal around their medians, with four times
     * these as the longest.
     *
     * @param count requests
     * @param rate arrivals a second on average; 0 for all at once
     * @param prompt tokens of the median prompt
     * @param output tokens of the median answer
     */
    static Trace synthetic(int count, double rate, int prompt, int output, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Request> requests = new ArrayList<>();
        double time = 0;
        for (int i = 0; i < count; i++) {
            time += rate == 0 ? 0 : -Math.log(1 - random.nextDouble()) / rate;
            requests.add(new Request(time, length(prompt, random), length(output, random)));
        }
        return new Trace(
                count + " requests, " + (rate == 0 ? "all at once" : rate + " a second") + ", prompts of " + prompt
                        + ", answers of " + output + ", seed " + seed,
                requests);
    }

    private static int length(int median, SplittableRandom random) {
        double factor = Math.min(4, Math.exp(DEVIATION * random.nextGaussian()));
        return Math.max(1, (int) Math.round(median * factor));
    }

    /**
     * Reads a file with a request a line, {@code ARRIVAL,PROMPT,OUTPUT}: seconds and tokens. Lines that are empty or begin
     * with {@code #} do not count, nor does a first line of names.
     *
     * @throws PacaException if it cannot be read, or a line is none
     */
    static Trace of(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new PacaException(
                    file + " cannot be read (" + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + "), expected a trace: a line for each request, ARRIVAL,PROMPT,OUTPUT.",
                    e);
        }
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            boolean names = requests.isEmpty() && line.matches("[A-Za-z_ ]+,[A-Za-z_ ]+,[A-Za-z_ ]+");
            if (!line.isEmpty() && !line.startsWith("#") && !names) {
                requests.add(request(file, i + 1, line));
            }
        }
        if (requests.isEmpty()) {
            throw new PacaException(file + " has no requests, expected a line for each, ARRIVAL,PROMPT,OUTPUT.");
        }
        return new Trace(String.valueOf(file.getFileName()), requests);
    }

    private static Request request(Path file, int number, String line) {
        String[] parts = line.split(",", -1);
        if (parts.length == 3) {
            try {
                Request request = new Request(
                        Double.parseDouble(parts[0].strip()),
                        Integer.parseInt(parts[1].strip()),
                        Integer.parseInt(parts[2].strip()));
                if (request.arrival() >= 0
                        && Double.isFinite(request.arrival())
                        && request.prompt() > 0
                        && request.output() > 0) {
                    return request;
                }
            } catch (NumberFormatException e) {
                // Told below, with the line.
            }
        }
        throw new PacaException(file + " line " + number + " is no request: '" + line
                + "', expected ARRIVAL,PROMPT,OUTPUT, seconds from 0 on and tokens from 1 on, such as 2.5,512,128.");
    }

    /** Tokens of the longest request. */
    int longest() {
        return requests.stream().mapToInt(r -> r.prompt() + r.output()).max().orElse(0);
    }
}
