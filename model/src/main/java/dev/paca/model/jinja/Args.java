package dev.paca.model.jinja;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Values given to a call.
 *
 * @param callee how an error names what is called
 */
record Args(String callee, List<Object> positional, Map<String, Object> named) {

    /** Gives each value to the parameter it is for; too many, unknown and doubly given ones fail. */
    Bound bind(String... parameters) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (positional.size() > parameters.length) {
            throw new TemplateException(callee + " takes at most " + parameters.length + " arguments, "
                    + positional.size() + " were given");
        }
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        named.forEach((name, value) -> {
            if (!Arrays.asList(parameters).contains(name)) {
                throw new TemplateException(callee + " has no parameter '" + name + "'");
            }
            if (values.put(name, value) != null) {
                throw new TemplateException(callee + " was given '" + name + "' twice");
            }
        });
        return new Bound(callee, values);
    }

    void none() {
        bind();
    }

    /** Values by parameter. */
    record Bound(String callee, Map<String, Object> values) {
        boolean has(String name) {
            return values.containsKey(name);
        }

        Object get(String name) {
            Object value = values.get(name);
            if (value == null) {
                throw new TemplateException(callee + " needs the argument '" + name + "'");
            }
            return value;
        }

        Object get(String name, Object otherwise) {
            return values.getOrDefault(name, otherwise);
        }

        boolean truth(String name, boolean otherwise) {
            return Values.truth(get(name, otherwise));
        }

        String text(String name) {
            return text(get(name), name);
        }

        String text(String name, String otherwise) {
            return text(get(name, otherwise), name);
        }

        private String text(Object value, String name) {
            if (value instanceof String text) {
                return text;
            }
            throw new TemplateException(callee + " needs a string as '" + name + "', not " + Values.type(value));
        }

        int integer(String name, int otherwise) {
            return Values.index(get(name, (long) otherwise));
        }
    }
}
