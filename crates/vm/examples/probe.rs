use tasker_vm::*;
const KINDS: &[(&str,&str)] = include!("../tests/recursion_kinds.in");
fn main(){
  let i: usize = std::env::args().nth(1).unwrap().parse().unwrap();
  let Some((name, code)) = KINDS.get(i) else { println!("END"); return };
  let local=0u8; let sp = std::hint::black_box(&raw const local) as usize;
  println!("{name}|{sp}");
  let code = format!("module.exports = async () => {{ try {{ {code} }} catch (e) {{ return (e instanceof RangeError) + ' ' + e }} return 'no throw' }}");
  let mut limits = Limits::default(); limits.cpu = std::time::Duration::from_secs(60);
  let mut vm = Vm::boot(Program{name:"t".into(),code,modules:Default::default()}, limits).unwrap();
  vm.start(&Start{input:"null".into(),seed:1,now_ms:0,run_id:"".into(),frame:"".into()});
  let t = vm.run();
  println!("DONE {:?}", t.state);
}
