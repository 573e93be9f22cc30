package dev.paca.tornado.pool;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvShape;
import dev.paca.kv.Phase;
import dev.paca.kv.Workers;
import dev.paca.kv.host.HostPool;
import dev.paca.kv.host.KvStep;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A device's cache as the CPU's pool writes it: a session that was saved on the one goes on on the other. Page by page keys
 * and values pass through floats, which both store as the same codes (of 8-bit integers the scale may differ in its last
 * bit). The whole cache lies in host memory meanwhile.
 */
final class HostForm {
    private final DevicePool pool;
    private final PageDevice device;
    private final int pageTokens;
    private final float[][] k;
    private final float[][] v;

    HostForm(DevicePool pool, PageDevice device) {
        this.pool = pool;
        this.device = device;
        pageTokens = pool.policy().pageTokens();
        KvShape shape = pool.shape();
        k = new float[shape.layers()][pageTokens * shape.kvDim()];
        v = new float[shape.layers()][pageTokens * shape.kvDim()];
    }

    void save(DeviceCache cache, OutputStream to) throws IOException {
        try (HostPool host = new HostPool(pool.shape(), Long.MAX_VALUE);
                KvCache copy = host.open(pool.policy())) {
            int[] ids = cache.ids();
            for (int at = 0; at < ids.length; at += pageTokens) {
                int count = Math.min(pageTokens, ids.length - at);
                device.read(cache.page(at / pageTokens), count, k, v);
                // which tokens were a prompt is not known here: none of them may be given to other sequences as one
                KvStep.Span span = new KvStep.Span(copy, 0, count, Phase.DECODE, ids, at);
                KvStep step = host.step(List.of(span), Workers.serial());
                for (int l = 0; l < k.length; l++) {
                    step.append(l, k[l], v[l]);
                }
                step.finish();
            }
            host.save(copy, to);
        }
    }

    DeviceCache restore(InputStream from) throws IOException {
        try (HostPool host = new HostPool(pool.shape(), Long.MAX_VALUE);
                KvCache copy = host.restore(pool.policy(), from)) {
            int[] ids = host.ids(copy);
            DeviceCache cache = pool.openEmpty();
            try {
                cache.reserve(ids.length);
                for (int at = 0; at < ids.length; at += pageTokens) {
                    int count = Math.min(pageTokens, ids.length - at);
                    for (int l = 0; l < k.length; l++) {
                        host.read(copy, l, at, count, k[l], v[l]);
                    }
                    device.write(cache.page(at / pageTokens), count, k, v);
                }
            } catch (RuntimeException | Error e) {
                cache.close();
                throw e;
            }
            cache.advance(ids, 0, ids.length);
            return cache;
        }
    }
}
