/* A QEMU plugin that counts instructions by stage: exact, and the same on every machine.
 *
 *   -plugin ./count_instructions.so,mark=NAME:ADDRESS,mark=…
 *
 * From when the instruction at ADDRESS is executed, what follows is counted under NAME, until the
 * next mark. Marks are the entry points of the stages' own functions, so that the image counted is
 * the image that ships. Debian's QEMU comes without qemu-plugin.h; these are the declarations of
 * version 1 of the interface that are used here. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*vcpu_callback_t)(unsigned int vcpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                           void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, vcpu_callback_t,
                                            enum qemu_plugin_cb_flags, void *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, enum qemu_plugin_op,
                                                void *, uint64_t);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *);

EXPORT int qemu_plugin_version = 1;

enum { kMaxMarks = 32 };
static struct mark {
  char name[32];
  uint64_t address;
  uint64_t entered;
} marks[kMaxMarks];
static int mark_count;
static uint64_t counts[kMaxMarks + 1]; /* the last: before the first mark */
static int current = kMaxMarks;
static uint64_t executed, at_last_mark;

static void pass_mark(unsigned int vcpu, void *data) {
  (void)vcpu;
  counts[current] += executed - at_last_mark;
  at_last_mark = executed;
  current = (int)(intptr_t)data;
  ++marks[current].entered;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block, i);
    for (int m = 0; m < mark_count; ++m) {
      if (marks[m].address == qemu_plugin_insn_vaddr(insn)) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, pass_mark, QEMU_PLUGIN_CB_NO_REGS,
                                               (void *)(intptr_t)m);
      }
    }
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
  }
}

static void report(qemu_plugin_id_t id, void *data) {
  (void)id;
  (void)data;
  counts[current] += executed - at_last_mark;
  for (int m = 0; m < mark_count; ++m) {
    fprintf(stderr, "count %s %llu entered %llu\n", marks[m].name, (unsigned long long)counts[m],
            (unsigned long long)marks[m].entered);
  }
  fprintf(stderr, "count before %llu entered 1\n", (unsigned long long)counts[kMaxMarks]);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
  (void)info;
  for (int i = 0; i < argc && mark_count < kMaxMarks; ++i) {
    struct mark *mark = &marks[mark_count];
    unsigned long long address = 0;
    if (sscanf(argv[i], "mark=%31[^:]:%llx", mark->name, &address) != 2) continue;
    mark->address = address;
    ++mark_count;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, report, NULL);
  return 0;
}
