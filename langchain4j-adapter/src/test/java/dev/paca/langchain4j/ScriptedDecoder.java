package dev.paca.langchain4j;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.KvShape;
import dev.paca.kv.PoolUsage;
import dev.paca.kv.Workers;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import dev.paca.model.decoder.Decoder;
import dev.paca.model.decoder.Logits;
import dev.paca.model.decoder.Slice;
import dev.paca.model.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A decoder that has learnt its answers by heart: it makes the tokens likely that the script wants, over real pages, so that
 * engine, sampler, grammar and adapter do what they do with any model. Of several answers the first is the likeliest, and a
 * grammar may leave only a later one.
 */
final class ScriptedDecoder implements Decoder {
    private static final float LIKELY = 50;

    private final HostPool pool = new HostPool(new KvShape(1, 1, 1, 32), 256L << 20);
    private final Tokenizer tokenizer;
    private final int contextLength;
    private final Function<String, List<String>> script;
    private final int end;

    /** @param script answers to a prompt's text, which ends with {@code [assistant]} */
    ScriptedDecoder(Tokenizer tokenizer, int contextLength, Function<String, List<String>> script) {
        this.tokenizer = tokenizer;
        this.contextLength = contextLength;
        this.script = script;
        end = tokenizer.eos().orElseThrow();
    }

    @Override
    public String description() {
        return "answers by heart";
    }

    @Override
    public KvPool pool() {
        return new KvPool() {
            @Override
            public KvShape shape() {
                return pool.shape();
            }

            @Override
            public KvCache open(KvPolicy policy, int[] prompt) {
                return new ScriptedCache(pool.open(policy), new int[0]);
            }

            @Override
            public long bytes(KvPolicy policy, int tokens) {
                return pool.bytes(policy, tokens);
            }

            @Override
            public PoolUsage usage() {
                return pool.usage();
            }

            @Override
            public void close() {
                pool.close();
            }
        };
    }

    @Override
    public int vocabularySize() {
        return tokenizer.size();
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public Logits forward(List<Slice> batch) {
        List<KvStep.Span> spans = new ArrayList<>();
        int rows = 0;
        int wanted = 0;
        for (Slice slice : batch) {
            ScriptedCache cache = (ScriptedCache) slice.cache();
            cache.append(slice.tokens(), slice.from(), slice.count());
            spans.add(new KvStep.Span(cache.inner, rows, slice.count(), slice.phase(), slice.tokens(), slice.from()));
            rows += slice.count();
            wanted += slice.logits();
        }
        float[] values = new float[rows * 32];
        KvStep step = pool.step(spans, Workers.serial());
        step.append(0, values, values);
        step.attend(0, values, new float[values.length]);
        step.finish();
        float[] logits = new float[wanted * tokenizer.size()];
        int row = 0;
        for (Slice slice : batch) {
            int[] tokens = ((ScriptedCache) slice.cache()).tokens();
            for (int i = slice.logits(); i > 0; i--) {
                likely(java.util.Arrays.copyOf(tokens, tokens.length - i + 1), logits, row++ * tokenizer.size());
            }
        }
        return new Logits(logits, wanted, tokenizer.size());
    }

    private void likely(int[] tokens, float[] logits, int offset) {
        String text = tokenizer.decode(tokens);
        int at = text.lastIndexOf("[assistant]");
        int from = at < 0 ? text.length() : at + "[assistant]".length();
        String said = text.substring(from);
        float likely = LIKELY;
        for (String answer : script.apply(text.substring(0, from))) {
            if (answer.startsWith(said)) {
                String rest = answer.substring(said.length());
                int next = rest.isEmpty() ? end : tokenizer.encode(rest, false)[0];
                logits[offset + next] = Math.max(logits[offset + next], likely);
            }
            likely -= 10;
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
