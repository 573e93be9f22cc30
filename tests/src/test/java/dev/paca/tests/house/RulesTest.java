package dev.paca.tests.house;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What the rooms may know of each other. */
class RulesTest {
    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            // What JMH's processor writes is not ours to shape.
            .withImportOption(location -> !location.contains("/jmh_generated/"))
            .importPackages("dev.paca");

    @Test
    void thereIsAHouse() {
        assertThat(HOUSE.stream().map(each -> each.getPackageName()).distinct())
                .contains("dev.paca.kv", "dev.paca.model.gguf", "dev.paca.model.kernels", "dev.paca.chat.launcher");
    }

    @Test
    void theCacheKnowsOnlyTheJdk() {
        noClasses()
                .that()
                .resideInAPackage("dev.paca.kv..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("dev.paca.kv..", "java..", "jdk.incubator.vector..", "org.jspecify..")
                .check(HOUSE);
    }

    @Test
    void theModelKnowsOnlyTheCache() {
        noClasses()
                .that()
                .resideInAPackage("dev.paca.model..")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages(
                        "dev.paca.model..",
                        "dev.paca.kv..",
                        "java..",
                        "com.sun.management..",
                        "jdk.incubator.vector..",
                        "org.jspecify..")
                .check(HOUSE);
    }

    @Test
    void vectorsStayInTheirPackages() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.paca.kv.vector", "dev.paca.model.kernels.vector")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator.vector..")
                .check(HOUSE);
    }

    /** Once others have had {@code asSlice} compiled apart, C2 calls it in a loop, and each slice is an object. */
    @Test
    void vectorLoopsTakeNoSlices() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.paca.kv.vector", "dev.paca.model.kernels.vector")
                .and()
                // Takes one for what is left after its loops.
                .doNotHaveSimpleName("Unpack")
                .should()
                .callMethodWhere(target(name("asSlice")))
                .check(HOUSE);
    }

    @Test
    void tornadoAndLangChain4jStayInTheirModules() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.paca.tornado..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("uk.ac.manchester..", "dev.paca.tornado..")
                .check(HOUSE);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.paca.langchain4j..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.langchain4j..", "dev.paca.langchain4j..")
                .check(HOUSE);
    }

    @Test
    void theLauncherKnowsOnlyJava() {
        noClasses()
                .that()
                .resideInAPackage("dev.paca.chat.launcher")
                .should()
                .dependOnClassesThat()
                .resideOutsideOfPackages("dev.paca.chat.launcher", "java..", "org.jspecify..")
                .check(HOUSE);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.paca.(**)").should().beFreeOfCycles().check(HOUSE);
    }

    @Test
    void nothingStaticChanges() {
        fields().that().areStatic().should().beFinal().check(HOUSE);
    }

    @Test
    void nobodyReachesBelowTheJdk() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("sun..", "jdk.internal..")
                .check(HOUSE);
    }

    @Test
    void failuresAreTold() {
        noClasses()
                .should()
                .callConstructor(UnsupportedOperationException.class)
                .orShould()
                .callConstructor(RuntimeException.class, Throwable.class)
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(HOUSE);
    }

    @Test
    void everyPackageSaysWhatMayBeNull() {
        List<String> unmarked = packages(HOUSE.getPackage("dev.paca"))
                .filter(each -> !each.getClasses().isEmpty())
                // Java 8 does not know one of the places where the annotation may stand.
                .filter(each -> !each.getName().equals("dev.paca.chat.launcher"))
                .filter(each -> !each.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .toList();
        assertThat(unmarked).isEmpty();
    }

    private static Stream<JavaPackage> packages(JavaPackage root) {
        return Stream.concat(Stream.of(root), root.getSubpackages().stream().flatMap(RulesTest::packages));
    }
}
