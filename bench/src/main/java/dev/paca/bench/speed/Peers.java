package dev.paca.bench.speed;

import dev.paca.bench.peer.Peer;
import dev.paca.bench.peer.Work;
import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** The peers of a run. One that fails is told about once, and takes part no more. */
final class Peers {
    private final List<Peer> peers;
    private final Consumer<String> notice;
    private final List<String> names;

    Peers(List<Peer> peers, Consumer<String> notice) {
        this.peers = new ArrayList<>(peers);
        this.notice = notice;
        this.names = peers.stream().map(Peer::name).toList();
    }

    /** Of all that were asked for. */
    List<String> names() {
        return names;
    }

    /** A turn of each that can; whether there was one. */
    boolean turn(Work work, Map<String, List<Double>> rates) {
        for (Peer peer : List.copyOf(peers)) {
            try {
                OptionalDouble rate = peer.rate(work);
                rate.ifPresent(r -> rates.computeIfAbsent(peer.name(), n -> new ArrayList<>())
                        .add(r));
            } catch (PacaException e) {
                notice.accept(e.getMessage() + " The run goes on without " + peer.name() + ".");
                peers.remove(peer);
            }
        }
        return !peers.isEmpty();
    }

    /** Of peers that took part in all turns. */
    static Map<String, Rates> complete(Map<String, List<Double>> rates, int turns) {
        Map<String, Rates> complete = new LinkedHashMap<>();
        rates.forEach((name, values) -> {
            if (values.size() == turns) {
                complete.put(name, new Rates(values));
            }
        });
        return complete;
    }
}
