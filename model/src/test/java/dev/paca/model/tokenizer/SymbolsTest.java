package dev.paca.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SymbolsTest {
    /** What the definition says: look at all pairs, merge the best, again and again. */
    private static List<Integer> definition(List<Integer> word, MergeTable merges) {
        List<Integer> ids = new ArrayList<>(word);
        while (true) {
            long best = Long.MAX_VALUE;
            int at = -1;
            for (int i = 0; i + 1 < ids.size(); i++) {
                long pair = merges.find(ids.get(i), ids.get(i + 1));
                if (pair >= 0 && pair >>> 32 < best >>> 32) {
                    best = pair;
                    at = i;
                }
            }
            if (at < 0) {
                return ids;
            }
            ids.set(at, (int) best);
            ids.remove(at + 1);
        }
    }

    @Test
    void mergesAsTheDefinitionSays() {
        long seed = 42;
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            MergeTable merges = new MergeTable(60);
            int tokens = 3;
            for (int rank = 0; rank < random.nextInt(60); rank++) {
                merges.add(random.nextInt(tokens), random.nextInt(tokens), rank, tokens++);
            }
            List<Integer> word = random.ints(random.nextInt(200), 0, 3).boxed().toList();
            Symbols symbols = new Symbols();
            word.forEach(id -> symbols.add(id, 0));
            symbols.merge((left, right) -> merges.find(symbols.id[left], symbols.id[right]));
            List<Integer> merged = new ArrayList<>();
            for (int s = word.isEmpty() ? -1 : 0; s >= 0; s = symbols.next[s]) {
                merged.add(symbols.id[s]);
            }
            assertThat(merged).as("seed %d, round %d", seed, round).isEqualTo(definition(word, merges));
        }
    }
}
