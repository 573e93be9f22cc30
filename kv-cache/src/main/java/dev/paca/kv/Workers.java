package dev.paca.kv;

/** Threads that share out the independent tasks of a kernel. */
public interface Workers {
    /** How many threads take tasks, the caller's included; at least 1. */
    int threads();

    /** Runs tasks 0 to {@code tasks - 1}, each once, in any order, and returns when all are done. Not reentrant. */
    void run(int tasks, Task task);

    /** One part of the work. */
    @FunctionalInterface
    interface Task {
        /**
         * @param task which part, from 0
         * @param thread which thread runs it, below {@link #threads()}: the index of its scratch space
         */
        void run(int task, int thread);
    }

    /** All on the caller's thread. */
    static Workers serial() {
        return new Workers() {
            @Override
            public int threads() {
                return 1;
            }

            @Override
            public void run(int tasks, Task task) {
                for (int i = 0; i < tasks; i++) {
                    task.run(i, 0);
                }
            }
        };
    }
}
