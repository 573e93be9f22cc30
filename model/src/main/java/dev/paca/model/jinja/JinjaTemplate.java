package dev.paca.model.jinja;

import dev.paca.model.json.Json;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** A template that was read and can be rendered, by any number of threads. */
public final class JinjaTemplate {
    private final String name;
    private final List<Node> nodes;

    private JinjaTemplate(String name, List<Node> nodes) {
        this.name = name;
        this.nodes = nodes;
    }

    /**
     * Reads a template.
     *
     * @param source the template
     * @param name how errors name it
     * @throws TemplateException if it is not Jinja, or uses what is not supported; names the line
     */
    public static JinjaTemplate parse(String source, String name) {
        try {
            return new JinjaTemplate(name, Parser.parse(source));
        } catch (TemplateException e) {
            throw new TemplateException(name + ", " + e.getMessage() + ".");
        } catch (StackOverflowError e) {
            throw new TemplateException(name + ": nests too deeply to be read.");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables what it knows by name
     * @param clock the time that it may ask for
     * @param limits what it may cost
     * @throws TemplateException if it fails, says so itself, or exceeds the limits; names the line
     */
    public String render(Map<String, Json> variables, Clock clock, Limits limits) {
        Budget budget = new Budget(limits);
        Scope scope = new Scope(null);
        Globals.define(scope, clock, budget);
        variables.forEach((variable, value) -> scope.set(variable, Values.of(value)));
        Interpreter interpreter = new Interpreter(budget);
        try {
            return interpreter.run(nodes, new Scope(scope));
        } catch (TemplateException e) {
            throw new TemplateException(name + ", line " + interpreter.line() + ": " + e.getMessage() + ".");
        } catch (StackOverflowError e) {
            // The depth limit comes first on any usual stack; a thread may have been given a tiny one.
            throw new TemplateException(
                    name + ", line " + interpreter.line() + ": nests too deeply for this thread's stack.");
        }
    }
}
