# shellcheck shell=bash
# shellcheck disable=SC2154 # the variables of dev
# The suites of `./dev test`, which sources this file; one function suite_NAME each.
#
# A suite prints what it likes into build/log/test-NAME.log and fails by its status. Its
# tests are counted from that log: node's TAP summaries, Check's summaries, and the lines
# "ok - ...", "not ok - ..." and "skipped - ... (why)" of the suites written in shell;
# "SKIPPED name: why" of the unit tests, which Check counts as passed. A suite in which no
# test ran has failed.

# Suites that may run beside each other, on two cores: one phase a line, lanes split by |.
# The browser tests measure frames, so they run alone.
phases=(
	"unit lint distcheck clang fuzz | web integration"
	"sanitizers | docker fault"
	"e2e"
)

test_usage() {
	cat <<'END'
usage: ./dev test [SUITE...]

  unit         unit tests (Check), and the format of the C sources
  lint         shellcheck
  web          types and unit tests of the web client
  integration  a real server on a real PostgreSQL
  e2e          a real browser plays tasks
  fault        kill -9 of server and database under load, with a ledger
  sanitizers   unit and integration tests under AddressSanitizer and UBSan
  clang        everything compiled with clang, warnings being errors
  fuzz         each parser's fuzz target with its corpus, briefly
  distcheck    the release tarball: builds, installs and uninstalls
  docker       the container image, built and run (root only)

The log of a suite is build/log/test-SUITE.log. CAMP_TEST_DATA names the folder of the
real recordings; without it, tests that need them are skipped and say so.
END
}

run_suites() {
	local wanted=() name phase lane plan=()
	if [ "${1:-}" = --help ]; then
		test_usage
		return
	fi
	for name; do
		declare -F "suite_$name" >/dev/null ||
			die "there is no suite \"$name\"; see ./dev test --help"
		wanted+=("$name")
	done

	prepare 3000
	local packages=("${build_packages[@]}" "${run_packages[@]}" "${test_packages[@]}")
	[ "$(id -u)" != 0 ] || packages+=("${docker_packages[@]}")
	need_for_build "${packages[@]}"
	build_all
	step "building the test programs" build-tests make_in "$build" check-programs
	local dir
	for dir in web tests tests/e2e tests/integration; do
		[ ! -f "$dir/package-lock.json" ] || npm_install "$dir"
	done
	if [ -z "${CAMP_TEST_DATA:-}" ] && [ -d ../shared/data ]; then
		CAMP_TEST_DATA=$(cd ../shared/data && pwd -P)
	fi
	export CAMP_TEST_DATA="${CAMP_TEST_DATA:-}"
	export CAMP_BUILD_DIR=$build CAMP_BIN=$build/camp
	export_paths

	results=$build/log/test-results
	: >"$results"
	for phase in "${phases[@]}"; do
		plan=()
		while IFS= read -r lane; do
			local suites=()
			for name in $lane; do
				if [ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " == *" $name "* ]]; then
					suites+=("$name")
				fi
			done
			[ ${#suites[@]} = 0 ] || plan+=("${suites[*]}")
		done < <(tr '|' '\n' <<<"$phase")
		[ ${#plan[@]} = 0 ] || run_phase "${plan[@]}"
	done
	report
}

# The processes below one, deepest first; some of them have left its process group.
descendants() {
	local child
	# shellcheck disable=SC2013 # one line of words
	for child in $(cat /proc/"$1"/task/*/children 2>/dev/null); do
		descendants "$child"
		echo "$child"
	done
}

end_lanes() {
	local lane all=()
	for lane; do
		mapfile -t -O ${#all[@]} all < <(descendants "$lane")
		all+=("$lane")
	done
	# A stopped one, as of a test that freezes its database, could not end.
	kill -TERM "${all[@]}" 2>/dev/null || true
	kill -CONT "${all[@]}" 2>/dev/null || true
	say ""
	die "interrupted"
}

run_phase() {
	local lane pids=() pid
	# In process groups of their own, so that an interrupt comes here first.
	set -m
	for lane; do
		run_lane "$lane" </dev/null 9>&- &
		pids+=($!)
	done
	set +m
	# shellcheck disable=SC2064 # the pids of now
	trap "end_lanes ${pids[*]}" INT TERM
	for pid in "${pids[@]}"; do
		wait "$pid" || true
	done
	trap - INT TERM
}

run_lane() {
	local name
	for name in $1; do
		run_suite "$name"
	done
}

run_suite() {
	local name=$1 log=$logs/test-$1.log start=$SECONDS status
	local passed failed skipped word=ok
	say "  $name ..."
	set +e
	(
		set -e
		"suite_$name"
	) >"$log" 2>&1
	status=$?
	set -e
	read -r passed failed skipped < <(count_tests "$log")
	if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		failed=1
		echo "not ok - the suite ended with status $status" >>"$log"
	fi
	if [ $((passed + failed + skipped)) = 0 ]; then
		failed=1
		echo "not ok - no test ran" >>"$log"
	fi
	[ "$failed" = 0 ] || word=FAILED
	printf '%s %d %d %d\n' "$name" "$passed" "$failed" "$skipped" >>"$results"
	{
		printf '  %-12s %-6s %5d s   %d passed, %d failed' "$name" "$word" \
			$((SECONDS - start)) "$passed" "$failed"
		[ "$skipped" = 0 ] || printf ', %d skipped' "$skipped"
		printf '\n'
		grep -aE '^ *(skipped - |SKIPPED |ok .*# SKIP)' "$log" | sed 's/^ */    /' | head -n 10 || true
		if [ "$failed" != 0 ]; then
			show_failures "$log"
		fi
	} >"$log.line"
	# At once, so that lanes do not mix their lines.
	cat "$log.line"
	rm -f "$log.line"
}

show_failures() {
	say "    from $1:"
	# Check's way of telling a failure and an error.
	grep -aE '^[^ ]+:[0-9]+:[FE]:' "$1" | head -n 20 | sed 's/^/      /' || true
	grep -a '^not ok - ' "$1" | head -n 20 | sed 's/^/      /' || true
	grep -aE -A 14 '^ *not ok [0-9]' "$1" | head -n 60 | sed 's/^/      /' || true
	say "    its last lines:"
	tail -n 12 "$1" | sed 's/^/      /'
}

# count_tests LOG: passed, failed and skipped tests.
count_tests() {
	awk '
	/^(#|ℹ) pass [0-9]+$/ { p += $3 }
	/^(#|ℹ) (fail|cancelled|todo) [0-9]+$/ { f += $3 }
	/^(#|ℹ) skipped [0-9]+$/ { s += $3 }
	/^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$/ {
		gsub(",", ""); p += $3 - $5 - $7; f += $5 + $7
	}
	/^ok - / { p++ }
	/^not ok - / { f++ }
	/^skipped - / { s++ }
	/^SKIPPED / { s++; p-- }
	END { print p + 0, f + 0, s + 0 }' "$1"
}

report() {
	local passed failed skipped line
	read -r passed failed skipped < <(
		awk '{ p += $2; f += $3; s += $4 } END { print p + 0, f + 0, s + 0 }' "$results"
	)
	line="$passed passed, $failed failed"
	[ "$skipped" = 0 ] || line="$line, $skipped skipped"
	say "  all suites ended after $SECONDS s"
	say "$line"
	[ "$failed" = 0 ] && [ "$passed" != 0 ]
}

# run COMMAND...: one test of a suite written in shell, named by the words before --.
#   check "the name of the test" COMMAND...
check() {
	local name=$1
	shift
	if "$@"; then
		echo "ok - $name"
	else
		echo "not ok - $name"
	fi
}

# --- the suites -----------------------------------------------------------------------

# make check in a build folder; the logs of its test programs hold Check's summaries.
make_check() {
	local dir=$1 status=0
	find "$dir/tests" -name '*.log' -delete 2>/dev/null || true
	make_in "$dir" check || status=$?
	find "$dir/tests" -name '*.log' -exec cat {} +
	return $status
}

suite_unit() {
	make_check "$build"
	check "the C sources are formatted" make_in "$build" check-format
}

suite_lint() {
	check "dev passes shellcheck" shellcheck -x dev
	local script
	while IFS= read -r script; do
		check "$script passes shellcheck" shellcheck "$script"
	done < <(find tests docker docs .ci -name node_modules -prune -o \
		\( -name '*.sh' -o -path .ci/run \) -print)
}

# node_tests N FOLDER...: every *.test.mjs there as TAP, N files at a time.
node_tests() {
	local width=$1 out status=0
	shift
	out=$(mktemp -d "$build/tap.XXXXXX")
	# shellcheck disable=SC2016 # expanded by the inner shell
	find "$@" -name node_modules -prune -o -name '*.test.mjs' -type f -print0 | sort -z |
		xargs -0 -r -P "$width" -I{} sh -c '
			timeout -k 20 1200 node --test --test-reporter=tap "$1" \
				>"$2/$(basename "$1").tap" 2>&1 ||
				echo "not ok - $1 ended with status $?" >"$2/$(basename "$1").tap.failed"
			' sh {} "$out" || status=$?
	cat "$out"/*.tap
	# Where a file failed without a test that did.
	local failed
	for failed in "$out"/*.failed; do
		[ -f "$failed" ] || continue
		status=1
		grep -qE '^# (fail|cancelled) [1-9]' "${failed%.failed}" || cat "$failed"
	done
	rm -rf "$out"
	return $status
}

suite_web() {
	check "the web client's types hold" npm --prefix web run --silent check
	timeout -k 20 300 node web/test.mjs
}

suite_integration() {
	node_tests 2 tests/integration
}

suite_e2e() {
	node_tests 1 tests/e2e
}

suite_fault() {
	node_tests 1 tests/fault
}

asan_env() {
	export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
	export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
}

suite_sanitizers() {
	asan_env
	mkdir -p "$build/asan"
	configured "$build/asan" --enable-sanitizers "$(werror_option)" --disable-web
	# Check forks for every test, and a parent full of quarantined memory forks slowly:
	# 140 s with the usual 256 MB became 64 s. No test frees nearly as much.
	ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=16 make_check "$build/asan"
	CAMP_BUILD_DIR=$build/asan CAMP_BIN=$build/asan/camp node_tests 2 tests/integration
}

clang_build() {
	CC=clang-14 configured "$build/clang" --enable-werror --enable-sanitizers \
		--enable-fuzz --disable-web
	make_in "$build/clang" check-programs
}

suite_clang() {
	check "everything compiles with clang, warnings being errors" clang_build
}

# Each target from its corpus, and a little further; what crashes it lands in build/.
suite_fuzz() {
	asan_env
	clang_build >"$logs/fuzz-build.log" 2>&1
	local target name found
	for target in "$build"/clang/tests/fuzz/fuzz_*; do
		[[ -f "$target" && "$target" != *.* ]] || continue
		name=$(basename "$target")
		found=$build/fuzz/$name
		mkdir -p "$found"
		check "$name finds nothing in ${CAMP_FUZZ_SECONDS:-10} s" timeout -k 10 300 \
			"$target" -max_total_time="${CAMP_FUZZ_SECONDS:-10}" -print_final_stats=1 \
			-artifact_prefix="$found/crash-" "$found" "tests/fuzz/corpus/${name#fuzz_}"
	done
}

suite_distcheck() {
	check "make distcheck" make_in "$build" distcheck
}

suite_docker() {
	if [ "$(id -u)" != 0 ]; then
		echo "skipped - the container image (building it needs root)"
		return
	fi
	node_tests 1 tests/docker
}
