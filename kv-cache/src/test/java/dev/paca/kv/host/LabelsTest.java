package dev.paca.kv.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.Budget;
import dev.paca.kv.ChannelLabels;
import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.Phase;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Selection;
import dev.paca.kv.Workers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The channels of Double Sparsity, found from the prompt or beforehand. */
class LabelsTest {
    private static final KvShape SHAPE = new KvShape(2, 4, 2, 64);
    private static final long ROOMY = 1L << 28;
    private static final int PROMPT = 300;

    @TempDir
    Path folder;

    private final Sequence sequence = loud();

    /** In each head some channels of queries and keys are louder than others. */
    private static Sequence loud() {
        Sequence sequence = new Sequence(SHAPE, 320, 5);
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            for (int i = 0; i < sequence.k[layer].length; i++) {
                sequence.k[layer][i] *= i % (7 + layer) == 0 ? 4 : 1;
            }
        }
        return sequence;
    }

    private Path calibrated() throws IOException {
        Path file = folder.resolve("labels.txt");
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(Calibration.POLICY);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            Calibration calibration = new Calibration(SHAPE);
            calibration.add(cache);
            calibration.labels("Tiny").write(file);
            assertThatThrownBy(() -> calibration.add(pool.open(KvPolicy.DENSE))).isInstanceOf(PacaException.class);
        }
        return file;
    }

    private float[] decode(KvPolicy policy) {
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            return sequence.run(pool, cache, PROMPT, sequence.tokens, Phase.DECODE, Workers.serial());
        }
    }

    @Test
    void aFileFromThePromptGivesWhatThePromptGives() throws IOException {
        Path file = calibrated();
        KvPolicy fromPrompt =
                KvPolicy.DENSE.with(PolicyText.selection("double-sparsity:budget=32,layers=0,channels=8"));
        KvPolicy fromFile = KvPolicy.DENSE.with(
                PolicyText.selection("double-sparsity:budget=32,layers=0,channels=8,labels=" + file));
        assertThat(decode(fromFile)).isEqualTo(decode(fromPrompt));
        KvPolicy other = KvPolicy.DENSE.with(
                PolicyText.selection("double-sparsity:budget=32,layers=0,channels=4,labels=" + file));
        assertThat(decode(other)).as("with fewer channels").isNotEqualTo(decode(fromPrompt));
        assertThat(PolicyText.selection(fromFile.selection().toString())).isEqualTo(fromFile.selection());
        assertThat(fromFile).isNotEqualTo(fromPrompt);
    }

    /** Where the prompt does not tell the channels, sequences share what they begin with. */
    @Test
    void withAFileBeginningsAreShared() throws IOException {
        KvPolicy policy = KvPolicy.DENSE.with(PolicyText.selection("double-sparsity:labels=" + calibrated()));
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            sequence.run(pool, pool.open(policy), 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            assertThat(pool.open(policy, new int[PROMPT]).length()).isEqualTo(288);
            KvPolicy alone = KvPolicy.DENSE.with(PolicyText.selection("double-sparsity"));
            sequence.run(pool, pool.open(alone), 0, PROMPT, Phase.PREFILL_END, Workers.serial());
            assertThat(pool.open(alone, new int[PROMPT]).length()).isZero();
        }
    }

    @Test
    void aSavedCacheKnowsItsLabels() throws IOException {
        Path file = calibrated();
        KvPolicy policy = KvPolicy.DENSE.with(PolicyText.selection("double-sparsity:labels=" + file));
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try (HostPool pool = new HostPool(SHAPE, ROOMY)) {
            KvCache cache = pool.open(policy);
            sequence.run(pool, cache, 0, 40, Phase.PREFILL_END, Workers.serial());
            pool.save(cache, stream);
            byte[] saved = stream.toByteArray();
            assertThat(pool.restore(policy, new ByteArrayInputStream(saved)).length())
                    .isEqualTo(40);
            ChannelLabels.of("Tiny", SHAPE, new double[4][64]).write(file);
            KvPolicy changed = KvPolicy.DENSE.with(PolicyText.selection("double-sparsity:labels=" + file));
            assertThatThrownBy(() -> pool.restore(changed, new ByteArrayInputStream(saved)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("other channel labels");
        }
    }

    @Test
    void labelsOfAnotherModelAreRefused() throws IOException {
        Selection selection = PolicyText.selection("double-sparsity:labels=" + calibrated());
        try (HostPool pool = new HostPool(new KvShape(3, 4, 2, 64), ROOMY)) {
            assertThatThrownBy(() -> pool.open(KvPolicy.DENSE.with(selection)))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("another model, Tiny, with 2 layers, 2 KV heads and 64 channels")
                    .hasMessageContaining("expected 3, 2 and 64. Make the file anew with the command calibrate.");
        }
        assertThatThrownBy(() -> new Selection(
                        Selection.Method.QUEST, Budget.tokens(64), 0, 0, 0, 0, selection.labels(), false, false))
                .isInstanceOf(PacaException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | it does not begin with",
                "'A letter\nto you' | it does not begin with",
                "'paca channel labels 1: many\nmodel a' | line 1 holds something else than whole numbers",
                "'paca channel labels 1: 1 layers, 0 KV heads, 2 channels\nmodel a' | its first line does not give",
                "'paca channel labels 1: 1 layers, 1 KV heads, 2 channels\nmodel a' | it has 0 lines of channels, expected 1",
                "'paca channel labels 1: 1 layers, 1 KV heads, 2 channels\nmodel a\n1 1' | line 3 does not name each of 2",
                "'paca channel labels 1: 1 layers, 1 KV heads, 2 channels\nmodel a\n0 x' | line 3 holds something else",
            })
    void anotherFileIsRefusedInASentence(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("other.txt"), text.replace("\\n", "\n"));
        assertThatThrownBy(() -> PolicyText.selection("double-sparsity:labels=" + file))
                .isInstanceOf(PacaException.class)
                .hasMessageStartingWith(file + ": this is no file of channel labels, ")
                .hasMessageContaining(message)
                .hasMessageEndingWith("Make the file anew with the command calibrate.");
    }
}
