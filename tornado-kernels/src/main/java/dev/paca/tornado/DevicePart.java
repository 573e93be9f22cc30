package dev.paca.tornado;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.part.Part;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.exceptions.TornadoInternalError;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/** A plan of which one graph is timed, and one like it is profiled, since what is captured cannot be. */
final class DevicePart implements Part {
    private static final String TIME = "TASK_KERNEL_TIME";
    private static final Pattern TASK = Pattern.compile("([a-z]+)(\\d+)$");

    private final TornadoDevices.Device device;
    private final TornadoExecutionPlan plan;
    private final int timed;
    private final int profiled;
    private final int layers;
    private final Map<String, Long> bytes = new LinkedHashMap<>();
    private double error;

    /**
     * @param timed which of the graphs is timed
     * @param profiled which of the graphs is profiled, another one where the device captures
     */
    DevicePart(
            TornadoDevices.Device device,
            List<ImmutableTaskGraph> graphs,
            GridScheduler grids,
            int timed,
            int profiled,
            int layers) {
        this.device = device;
        this.timed = timed;
        this.profiled = profiled;
        this.layers = layers;
        plan = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
        plan.withDevice(device.handle());
        plan.withGridScheduler(grids);
        if (device.ptx() && timed != profiled) {
            plan.withGraph(timed).withCUDAGraph();
        }
    }

    /** Says what kernels of that name read, all layers together. */
    void reads(String kernel, long count) {
        bytes.put(kernel, count);
    }

    /** Says how far what came out was from the definition. */
    void differs(double share) {
        error = share;
    }

    @Override
    public int layers() {
        return layers;
    }

    @Override
    public long bytes() {
        return bytes.values().stream().mapToLong(b -> b).sum();
    }

    @Override
    public double error() {
        return error;
    }

    @Override
    public void run() {
        execute(timed);
    }

    @Override
    public List<Kernel> profile() {
        plan.withGraph(profiled).withProfiler(ProfilerMode.SILENT);
        Map<Integer, Kernel> tasks = new TreeMap<>();
        try {
            String log = execute(profiled).getProfilerResult().getProfileLog();
            // after those of the runs before
            times(Json.parseObject(log.substring(log.lastIndexOf("\n{") + 1)), tasks);
        } finally {
            plan.withGraph(profiled).withoutProfiler();
        }
        Map<String, Double> seconds = new LinkedHashMap<>();
        tasks.values().forEach(task -> seconds.merge(task.name(), task.seconds(), Double::sum));
        List<Kernel> kernels = new ArrayList<>();
        seconds.forEach((name, sum) -> kernels.add(new Kernel(name, sum, bytes.getOrDefault(name, 0L))));
        return kernels;
    }

    /** What each task took: it has its kernel's name and its number in the graph. */
    private static void times(Json.Obj log, Map<Integer, Kernel> tasks) {
        log.members().forEach((name, value) -> {
            if (value instanceof Json.Obj inner) {
                Matcher task = TASK.matcher(name);
                if (inner.get(TIME) instanceof Json.Str time && task.find()) {
                    double seconds = Long.parseLong(time.value()) / 1e9;
                    tasks.put(Integer.parseInt(task.group(2)), new Kernel(task.group(1), seconds, 0));
                } else {
                    times(inner, tasks);
                }
            }
        });
    }

    TornadoExecutionResult execute(int graph) {
        try {
            return plan.withGraph(graph).execute();
        } catch (TornadoOutOfMemoryException e) {
            throw new PacaException(
                    "The device " + device.id() + " has no memory left for what is to be measured ("
                            + TornadoDevices.reason(e)
                            + "). Choose fewer layers or sequences, or a shorter length, or give TornadoVM more with"
                            + " -Dtornado.device.memory.",
                    e);
        } catch (TornadoInternalError | LinkageError | RuntimeException e) {
            throw new PacaException(
                    "The device " + device.id() + " failed: " + TornadoDevices.reason(e)
                            + ". Choose another device, or less to measure.",
                    e);
        }
    }

    @Override
    public void close() {
        try {
            // else what the graph that ran last holds would be all that is freed
            plan.withAllGraphs();
            plan.close();
        } catch (TornadoExecutionPlanException | TornadoInternalError e) {
            throw new PacaException(
                    "The device " + device.id() + " could not free its memory: " + e.getMessage() + ".", e);
        }
    }
}
