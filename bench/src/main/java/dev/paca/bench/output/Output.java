package dev.paca.bench.output;

import dev.paca.bench.result.Origin;
import dev.paca.bench.result.ResultFile;
import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the results of one run go: a form on the terminal, and files. */
public final class Output implements AutoCloseable {
    private final String kind;
    private final Origin origin;
    private final List<Target> targets = new ArrayList<>();
    private final List<ResultFile> files = new ArrayList<>();

    /** @param file null on the terminal */
    private record Target(
            Printer printer, PrintWriter out, @Nullable Path file) {}

    Output(String kind, Origin origin) {
        this.kind = kind;
        this.origin = origin;
    }

    void add(Format format, PrintWriter out, @Nullable Path file) {
        targets.add(new Target(new Printer(format, out), out, file));
    }

    void add(ResultFile file) {
        files.add(file);
    }

    /** Begins, once it is known what will come. */
    public void begin(List<Heading> headings) {
        String title = origin.machine() + ", " + origin.jvm() + ", commit " + origin.commit();
        for (Target target : targets) {
            target.printer.begin(title, headings);
        }
    }

    /**
     * Prints and keeps a result.
     *
     * @throws PacaException if a file cannot be written; what came before is kept
     */
    public void row(Row row) {
        Json.Obj result = ResultFile.result(kind, origin, row.data());
        for (Target target : targets) {
            target.printer.row(row, result);
            if (target.file != null && target.out.checkError()) {
                throw new PacaException("A result could not be written to " + target.file
                        + ". Make room on the disk, or choose another file with -o.");
            }
        }
        for (ResultFile file : files) {
            file.add(kind, origin, row.data());
        }
    }

    @Override
    public void close() {
        for (Target target : targets) {
            target.printer.end();
            if (target.file != null) {
                target.out.close();
            }
        }
        files.forEach(ResultFile::close);
    }
}
