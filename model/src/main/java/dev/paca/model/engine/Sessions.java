package dev.paca.model.engine;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sessions for callers who keep none: requests that bring the whole conversation each time. A request gets the session
 * whose tokens it begins with, so that a next turn runs only what is new. Safe for all threads.
 */
public final class Sessions implements AutoCloseable {
    /** A shorter common beginning is not worth a session that another conversation may go on with. */
    private static final int WORTHWHILE = 16;

    private final Engine engine;
    private final int mostIdle;
    /** The longest idle first. */
    private final List<Session> idle = new ArrayList<>();

    private boolean closed;

    /** @param mostIdle sessions that are kept for a next turn; each keeps its pages until others need them */
    public Sessions(Engine engine, int mostIdle) {
        this.engine = engine;
        this.mostIdle = mostIdle;
    }

    /**
     * A session for a prompt, the caller's own until it is given back: the one that was left where this prompt goes on; or
     * a fork of one that has a beginning in common; or a new one.
     */
    public Session take(KvPolicy policy, int[] prompt) {
        Session source;
        synchronized (this) {
            if (closed) {
                throw new PacaException("The model is closed; load it again to go on.");
            }
            source = closest(policy, prompt);
            if (source != null && common(source, prompt) == source.tokens().length) {
                idle.remove(source);
                return source;
            }
        }
        if (source != null) {
            try {
                return source.fork();
            } catch (PacaException e) {
                // Another request took it meanwhile; this one begins anew.
            }
        }
        return engine.session(policy);
    }

    /** Gives a session back, for a next turn. Nothing may be running on it. */
    public void give(Session session) {
        List<Session> surplus = new ArrayList<>();
        synchronized (this) {
            idle.add(session);
            Iterator<Session> oldest = idle.iterator();
            while (idle.size() > (closed ? 0 : mostIdle)) {
                surplus.add(oldest.next());
                oldest.remove();
            }
        }
        surplus.forEach(Session::close);
    }

    /** Closes the idle sessions; those that are out are closed when they come back. */
    @Override
    public void close() {
        List<Session> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(idle);
            idle.clear();
        }
        all.forEach(Session::close);
    }

    private @Nullable Session closest(KvPolicy policy, int[] prompt) {
        Session best = null;
        int longest = WORTHWHILE - 1;
        for (Session session : idle) {
            int common = session.policy().equals(policy) ? common(session, prompt) : 0;
            // Of equals the one that was used last; one that ends there rather than one that would have to go back.
            if (common > longest
                    || (best != null && common == longest && session.tokens().length <= best.tokens().length)) {
                best = session;
                longest = common;
            }
        }
        return best;
    }

    private static int common(Session session, int[] prompt) {
        int[] held = session.tokens();
        int mismatch = Arrays.mismatch(held, prompt);
        return mismatch < 0 ? held.length : mismatch;
    }
}
